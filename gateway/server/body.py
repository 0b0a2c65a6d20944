"""Reading a request's body, whole and bounded."""

from collections.abc import Sequence

from gateway.core.errors import CallerError
from gateway.server.watch import Receive

Headers = Sequence[tuple[bytes, bytes]]


class Departed(Exception):
    """The caller left before its request was whole."""


async def read_body(receive: Receive, headers: Headers, limit: int) -> bytes:
    """The whole body.

    Raises:
        CallerError: 413 over the limit, 415 for a content encoding (an encoded body could be read
            differently by the gateway and by the upstream), 400 for a content length that is no
            number.
        Departed: the caller disconnected.
    """
    for name, value in headers:
        if name == b"content-length":
            _check_length(value, limit)
        elif name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            raise CallerError(415, "unsupported_encoding", "send the body without a content encoding")
    return await _drain(receive, limit)


def _check_length(value: bytes, limit: int) -> None:
    if not value.isdigit():
        raise CallerError(400, "invalid_content_length", "content-length is no number")
    if int(value) > limit:
        raise _too_large(limit)


async def _drain(receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Departed
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise _too_large(limit)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(limit: int) -> CallerError:
    return CallerError(413, "request_too_large", f"the body is larger than {limit} bytes")
