"""AWS's event stream encoding, ``application/vnd.amazon.eventstream``, as far as answers use it.

A message is its total length, the length of its headers, a CRC-32 of these eight bytes, the headers,
the payload, and a CRC-32 of all before (https://smithy.io/2.0/aws/amazon-eventstream.html).
"""

import json
import struct
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.core.errors import UpstreamError

_PRELUDE: Final = struct.Struct(">III")
_CRC: Final = struct.Struct(">I")
_AROUND: Final = _PRELUDE.size + _CRC.size
# The limits that the encoding itself sets.
_LONGEST_HEADERS: Final = 128 * 1024
_LONGEST_MESSAGE: Final = 24 * 1024 * 1024
# How many bytes a value of each type has; text and byte strings say it themselves.
_SIZES: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
_BYTES, _TEXT = 6, 7


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its headers of type text, and its payload."""

    headers: Mapping[str, str]
    payload: bytes

    def json(self) -> dict[str, Any]:
        """The payload as a JSON object. Raises ``UpstreamError`` where it is none."""
        try:
            value = json.loads(self.payload)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise _malformed()
        return value


class Decoder:
    """Takes bytes however they were cut, and gives the messages that are complete."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def clean(self) -> bool:
        """Whether nothing of a further message has arrived."""
        return not self._held

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """The messages that the chunk completes.

        Raises:
            UpstreamError: a checksum or a length is wrong.
        """
        self._held += chunk
        while len(self._held) >= _PRELUDE.size:
            total, headers = _prelude(self._held)
            if len(self._held) < total:
                return
            whole = bytes(self._held[:total])
            del self._held[:total]
            yield _message(whole, headers)


async def messages(chunks: AsyncIterator[bytes]) -> AsyncGenerator[Message]:
    """Every message of a stream. Raises ``UpstreamError`` if it breaks off inside one, or is malformed."""
    decoder = Decoder()
    async for chunk in chunks:
        for message in decoder.feed(chunk):
            yield message
    if not decoder.clean:
        raise UpstreamError("protocol", "The upstream's stream ended inside a message.")


def _prelude(held: bytearray) -> tuple[int, int]:
    total, headers, checksum = _PRELUDE.unpack_from(held)
    if zlib.crc32(held[: _PRELUDE.size - _CRC.size]) != checksum:
        raise _malformed()
    if headers > _LONGEST_HEADERS or not _AROUND + headers <= total <= _LONGEST_MESSAGE:
        raise _malformed()
    return total, headers


def _message(whole: bytes, headers: int) -> Message:
    body, (checksum,) = whole[: -_CRC.size], _CRC.unpack_from(whole, len(whole) - _CRC.size)
    if zlib.crc32(body) != checksum:
        raise _malformed()
    start = _PRELUDE.size + headers
    try:
        return Message(dict(_headers(body[_PRELUDE.size : start])), body[start:])
    except (IndexError, KeyError, ValueError, struct.error):
        raise _malformed() from None


def _headers(data: bytes) -> Iterator[tuple[str, str]]:
    """Name and value of each header of type text; the others are passed over."""
    at = 0
    while at < len(data):
        named = at + 1 + data[at]
        name, kind, at = data[at + 1 : named].decode(), data[named], named + 1
        if kind in (_BYTES, _TEXT):
            (size,) = struct.unpack_from(">H", data, at)
            at += 2
        else:
            size = _SIZES[kind]
        if at + size > len(data):
            raise ValueError(kind)
        if kind == _TEXT:
            yield name, data[at : at + size].decode()
        at += size


def _malformed() -> UpstreamError:
    return UpstreamError("protocol", "The upstream's stream has a malformed message.")
