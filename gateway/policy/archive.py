"""OPA's bundle archives, gzipped tarballs: packed so that equal files give equal bytes, unpacked in memory.

An archive comes from outside, perhaps before anybody has verified it. Whatever two readers could
understand differently is refused: links, names twice, bytes behind the end.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping

from gateway.policy.contents import MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES, BundleError

MAX_ARCHIVE_BYTES = 16 * 1024 * 1024
MAX_RATIO = 200
"""How much larger the unpacked bytes may be; Rego and JSON shrink by 5 to 20 times."""

_SMALL = 4 * 1024 * 1024
"""Below this many bytes the ratio does not matter: the padding of a tarball alone shrinks a lot."""

_END = 2 * tarfile.BLOCKSIZE
"""A tarball ends with two empty blocks."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """An archive of the files: sorted, without owners, without times."""
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as writer:
        for name, body in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(body)
            member.mode = 0o644
            writer.addfile(member, io.BytesIO(body))
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as file:
        file.write(tar.getvalue())
    return packed.getvalue()


def unpack(archive: bytes) -> dict[str, bytes]:
    """Name and bytes of every file in the archive.

    Raises:
        BundleError: it is no gzipped tarball, or damaged (``archive``), or larger than it may be
            (``too_large``, ``too_many_files``, ``bomb``), or holds a name that leads out of it
            (``path_traversal``), a name twice (``duplicate_name``), a link or a device (``not_a_file``).
    """
    tar = _inflated(archive)
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:", errorlevel=2) as reader:
            for name, body in _members(reader):
                if name in files:
                    raise BundleError(name, 1, "duplicate_name", "the archive holds this name twice")
                files[name] = body
            end = reader.offset
    except (tarfile.TarError, ValueError, EOFError, RecursionError) as error:
        raise BundleError(".", 1, "archive", f"not a tarball: {error}") from None
    # tarfile takes a damaged header, or no further one, for the end: what follows would silently be missing.
    if len(tar) - end < _END or tar[end:].strip(b"\0"):
        raise BundleError(".", 1, "archive", "the tarball is damaged, or something follows its end")
    return files


def _inflated(archive: bytes) -> bytes:
    if len(archive) > MAX_ARCHIVE_BYTES:
        raise BundleError(".", 1, "too_large", f"the archive is larger than {MAX_ARCHIVE_BYTES} bytes")
    limit = min(MAX_TOTAL_BYTES, max(_SMALL, MAX_RATIO * len(archive)))
    stream = zlib.decompressobj(wbits=31)
    try:
        tar = stream.decompress(archive, limit + 1)
    except zlib.error as error:
        raise BundleError(".", 1, "archive", f"not gzip, or damaged: {error}") from None
    if len(tar) > limit:
        raise BundleError(".", 1, "bomb", f"unpacked it would be larger than {limit} bytes")
    if not stream.eof:
        raise BundleError(".", 1, "archive", "the archive is cut short")
    if stream.unused_data:
        raise BundleError(".", 1, "archive", "something follows the end of the archive")
    return tar


def _members(reader: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for count, member in enumerate(reader):
        if count >= MAX_FILES:
            raise BundleError(".", 1, "too_many_files", f"the archive holds more than {MAX_FILES} files")
        if member.isdir():
            continue
        name = _name(member.name)
        if not member.isreg() or member.issparse():
            raise BundleError(name, 1, "not_a_file", "an archive holds plain files and folders, no links")
        if member.size > MAX_FILE_BYTES:
            raise BundleError(name, 1, "too_large", f"the file is larger than {MAX_FILE_BYTES} bytes")
        yield name, _body(reader, member, name)


def _body(reader: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> bytes:
    file = reader.extractfile(member)
    body = file.read() if file is not None else b""
    if len(body) != member.size:
        raise BundleError(name, 1, "archive", "the file is cut short")
    return body


def _name(given: str) -> str:
    """The name inside the bundle: OPA's begin with ``/``, those of ``tar`` with ``./``."""
    name = given.removeprefix(".") if given.startswith("./") else given
    name = name.removeprefix("/")
    parts = name.split("/")
    if not name.isprintable() or "\\" in name or any(part in {"", ".", ".."} for part in parts):
        raise BundleError(ascii(given), 1, "path_traversal", "the name is no path inside the bundle")
    return name
