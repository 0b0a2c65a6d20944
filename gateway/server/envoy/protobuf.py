"""Just enough of the Protocol Buffers encoding to read and write a handful of small messages.

A field is a tag (number and wire type) and a value: a varint, eight bytes, four bytes, or a length and as
many bytes (https://protobuf.dev/programming-guides/encoding/). Fields that nobody asks for are stepped
over, as the format wants it, so a newer Envoy may say more than we know.
"""

from collections.abc import Iterator
from typing import Final

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

_LONGEST_VARINT: Final = 10


class Malformed(ValueError):
    """The bytes are no message."""


Value = int | bytes


def fields(raw: bytes) -> Iterator[tuple[int, Value]]:
    """Number and value of each field, in order; a value of fixed width comes as its bytes.

    Raises:
        Malformed: a field that is cut off, or of a wire type that is not in use any more.
    """
    at = 0
    while at < len(raw):
        tag, at = _varint(raw, at)
        value, at = _value(raw, at, tag & 7)
        yield tag >> 3, value


def messages(raw: bytes, number: int) -> Iterator[bytes]:
    """Every value of one field that holds bytes, text or a message."""
    return (value for found, value in fields(raw) if found == number and isinstance(value, bytes))


def message(raw: bytes, number: int) -> bytes:
    """The last value of such a field, which is the one that counts; empty where there is none."""
    last = b""
    for value in messages(raw, number):
        last = value
    return last


def number(raw: bytes, wanted: int) -> int:
    """The last value of a numeric field; 0 where there is none."""
    last = 0
    for found, value in fields(raw):
        if found == wanted and isinstance(value, int):
            last = value
    return last


def put(number: int, value: bytes) -> bytes:
    """A field that holds bytes, text or a message."""
    return _encoded(number << 3 | BYTES) + _encoded(len(value)) + value


def put_number(number: int, value: int) -> bytes:
    """A field that holds a whole number, a flag or a word of an enumeration; nothing for a zero."""
    return _encoded(number << 3 | VARINT) + _encoded(value) if value else b""


def _value(raw: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind == VARINT:
        return _varint(raw, at)
    if kind == BYTES:
        size, at = _varint(raw, at)
    elif kind in (FIXED64, FIXED32):
        size = 8 if kind == FIXED64 else 4
    else:
        raise Malformed("a field of an unknown wire type")
    if at + size > len(raw):
        raise Malformed("a field is cut off")
    return raw[at : at + size], at + size


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(_LONGEST_VARINT):
        if at + index >= len(raw):
            raise Malformed("a number is cut off")
        byte = raw[at + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, at + index + 1
    raise Malformed("a number is too long")


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
