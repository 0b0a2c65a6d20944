"""Undo a content coding that the upstream used although it was asked for ``identity``.

What cannot be decoded cannot be checked, so an unknown coding is an error, never a pass. Pieces are
bounded, so a small chunk that unpacks into gigabytes costs time but not memory, and the reader's own
bound on the whole ends it.
"""

import zlib
from collections.abc import Iterator

_PIECE = 65536
_GZIP = 16 + zlib.MAX_WBITS
_CODINGS = {b"gzip": _GZIP, b"x-gzip": _GZIP, b"deflate": zlib.MAX_WBITS}


class Undecodable(Exception):
    """The body is not what its Content-Encoding says."""


class Decoder:
    """Decodes one body, chunk by chunk."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._inflate = zlib.decompressobj(wbits)
        self._started = False

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """The decoded pieces of a chunk, none of them larger than 64 KiB."""
        try:
            yield from self._pieces(chunk)
        except zlib.error as error:
            raise Undecodable("the body does not match its content-encoding") from error

    def finish(self) -> None:
        """Raises ``Undecodable`` when the body ended inside the compressed stream."""
        if not self._inflate.eof:
            raise Undecodable("the compressed body is incomplete")

    def _pieces(self, rest: bytes) -> Iterator[bytes]:
        if rest and not self._started:
            self._start(rest)
        piece = b""
        while rest or len(piece) == _PIECE:  # a full piece may have left output behind
            if self._inflate.eof and rest:  # RFC 1952 section 2.2: a gzip body may have several members
                self._inflate = zlib.decompressobj(self._wbits)
            piece = self._inflate.decompress(rest, _PIECE)
            rest = self._inflate.unconsumed_tail or self._inflate.unused_data
            if piece:
                yield piece

    def _start(self, head: bytes) -> None:
        """RFC 9110 section 8.4.1.2: some send deflate without the zlib wrapper it should have."""
        self._started = True
        if self._wbits == zlib.MAX_WBITS and head[0] & 0x0F != zlib.DEFLATED:
            self._wbits = -zlib.MAX_WBITS
            self._inflate = zlib.decompressobj(self._wbits)


def decoder_for(coding: bytes) -> Decoder | None:
    """The decoder of a Content-Encoding value, or None where there is nothing to decode.

    Raises:
        Undecodable: a coding, or a sequence of codings, that this gateway does not know.
    """
    name = coding.strip().lower()
    if name in (b"", b"identity"):
        return None
    if name not in _CODINGS:
        raise Undecodable("the answer has a content-encoding that was not asked for")
    return Decoder(_CODINGS[name])
