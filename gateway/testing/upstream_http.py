"""Just enough HTTP/1.1 to play an upstream, and to play a broken one.

A web framework would repair what a test wants broken: a wrong length, a body cut in the middle, an
answer that never comes.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A request, byte for byte as it arrived."""

    method: str
    path: str
    """The request target, query string included."""

    headers: Headers
    """Names spelled as they came, in their order."""

    body: bytes

    def header(self, name: str) -> str | None:
        """The first field of the name in any case, or None."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), None)

    def json(self) -> Any:  # noqa: ANN401 - whatever the caller sent
        """The body, parsed."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer.

    >>> Reply.json({"ok": True}).status
    200
    >>> Reply(status=429, headers={"retry-after": "1"}, body=b"{}").status
    429
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    delay_s: float = 0.0
    """Silence before the first byte."""

    content_length: int | None = None
    """What Content-Length claims, if not the truth. More than the truth is a body that breaks off."""

    @classmethod
    def json(cls, value: object, status: int = 200, **headers: str) -> "Reply":
        """A JSON answer; header names are written with underscores: ``retry_after="1"``."""
        fields = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(json.dumps(value).encode(), status, {"content-type": "application/json", **fields})


@dataclass(frozen=True, slots=True)
class Stream:
    r"""A chunked answer; each item is one chunk on the wire.

    >>> Stream([b"data: 1\n\n"], ending="cut").ending
    'cut'
    """

    chunks: tuple[bytes, ...] | list[bytes]
    status: int = 200
    headers: Mapping[str, str] = field(
        default_factory=lambda: {"content-type": "text/event-stream; charset=utf-8"}
    )
    delay_s: float = 0.0
    """Silence before the first byte."""

    pause_s: float = 0.0
    """Silence between two chunks."""

    ending: Literal["complete", "cut", "hang"] = "complete"
    """``cut`` closes the connection without the last chunk, ``hang`` stays silent until the client goes."""


@dataclass(frozen=True, slots=True)
class Fail:
    """No answer: the connection is closed, or stays silent until the client goes."""

    how: Literal["close", "hang"] = "close"


Answer = Reply | Stream | Fail


async def read_request(reader: asyncio.StreamReader) -> Received | None:
    """The next request on the connection, or None when the client has closed it."""
    try:
        return await _read_request(reader)
    except asyncio.IncompleteReadError:
        return None


async def _read_request(reader: asyncio.StreamReader) -> Received:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].split(b"\r\n")
    method, target, _ = first.decode("latin-1").split(" ", 2)
    pairs = (line.partition(b":") for line in lines)
    headers = tuple((name, value.strip()) for name, _, value in pairs)
    return Received(method, target, headers, await _read_body(reader, headers))


async def _read_body(reader: asyncio.StreamReader, headers: Headers) -> bytes:
    fields = {name.lower(): value for name, value in headers}
    if fields.get(b"transfer-encoding", b"").lower() != b"chunked":
        return await reader.readexactly(int(fields.get(b"content-length", b"0")))
    parts: list[bytes] = []
    while size := int((await reader.readline()).strip() or b"0", 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)


async def write_answer(transport: asyncio.WriteTransport, answer: Answer) -> bool:
    """Play the answer. Returns whether the connection may carry another request."""
    if isinstance(answer, Fail):
        return await _end(answer.how)
    await asyncio.sleep(answer.delay_s)
    if isinstance(answer, Reply):
        length = len(answer.body) if answer.content_length is None else answer.content_length
        transport.write(_head(answer, f"content-length: {length}") + answer.body)
        return length == len(answer.body)
    transport.write(_head(answer, "transfer-encoding: chunked"))
    for index, chunk in enumerate(answer.chunks):
        await asyncio.sleep(answer.pause_s if index else 0)
        transport.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
    if answer.ending != "complete":
        return await _end(answer.ending)
    transport.write(b"0\r\n\r\n")
    return True


async def _end(how: str) -> bool:
    if how == "hang":
        await asyncio.get_running_loop().create_future()
    return False


def _head(answer: Reply | Stream, framing: str) -> bytes:
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = "Overloaded"
    lines = [f"HTTP/1.1 {answer.status} {phrase}", framing]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
