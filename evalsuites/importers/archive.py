"""ZIP archives, also with members that are compressed with Zstandard (APPNOTE.TXT 4.4.5, method 93), which
``zipfile`` reads from Python 3.14 on only."""

import io
import struct
import zipfile
import zlib

from evalsuites.importers.source import Malformed

MAGIC = b"PK\x03\x04"
MOST = 256 << 20
"""Bytes that one member may unpack to."""

_ZSTD = 93
_DAMAGE = (OSError, RuntimeError, ValueError, EOFError, struct.error, zipfile.BadZipFile, zlib.error)
_LOCAL = struct.Struct("<26xHH")
"""Of a local header: the lengths of the name and of the extra field, which data follow."""


class Archive:
    """An archive in memory."""

    def __init__(self, body: bytes) -> None:
        """Read its directory.

        Raises:
            zipfile.BadZipFile: it is damaged.
        """
        self._body = body
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
        except (ValueError, NotImplementedError, UnicodeDecodeError, struct.error, OSError) as error:
            raise zipfile.BadZipFile(str(error)) from None

    def names(self) -> list[str]:
        """Of members, in the order of the directory."""
        return self._zip.namelist()

    def read(self, name: str) -> bytes:
        """A member, unpacked.

        Raises:
            KeyError: there is none of the name.
            Malformed: it is damaged, too large, or packed in a way that cannot be read here.
        """
        info = self._zip.getinfo(name)
        if info.file_size > MOST:
            raise Malformed(f"{info.file_size} bytes are more than the {MOST} that are read")
        try:
            if info.compress_type == _ZSTD:
                return self._zstd(info)
            with self._zip.open(info) as member:
                return member.read(info.file_size)
        except (
            OSError,
            RuntimeError,
            ValueError,
            EOFError,
            struct.error,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise Malformed(f"the archive is damaged: {error}") from None

    def _zstd(self, info: zipfile.ZipInfo) -> bytes:
        try:
            import zstandard
        except ImportError:
            raise Malformed(
                "it is packed with Zstandard: install `zstandard`, or write the log as JSON"
            ) from None
        name, extra = _LOCAL.unpack_from(self._body, info.header_offset)
        begin = info.header_offset + _LOCAL.size + name + extra
        packed = self._body[begin : begin + info.compress_size]
        try:
            with zstandard.ZstdDecompressor().stream_reader(packed) as stream:
                found = stream.read(info.file_size)
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from None
        if len(found) != info.file_size or zlib.crc32(found) != info.CRC:
            raise ValueError("its checksum is another one")
        return found
