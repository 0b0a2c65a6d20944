"""Frames: ``length | CRC-32 | payload``, big-endian, one after the other.

A length of zero ends the sequence: segments are zero-filled ahead of the writer.
"""

import struct
import zlib
from collections.abc import Iterator

HEADER = struct.Struct(">II")


def frame(payload: bytes) -> bytes:
    """One framed payload."""
    return HEADER.pack(len(payload), zlib.crc32(payload)) + payload


def unframe(data: bytes, offset: int = 0) -> Iterator[tuple[bytes, int]]:
    """Whole frames from *offset*, each with the offset of its end; stops at the first torn one."""
    while offset + HEADER.size <= len(data):
        length, checksum = HEADER.unpack_from(data, offset)
        start = offset + HEADER.size
        offset = start + length
        payload = data[start:offset]
        if not length or len(payload) < length or zlib.crc32(payload) != checksum:
            return
        yield payload, offset
