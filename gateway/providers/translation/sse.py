"""Server-sent events, as far as the two dialects use them."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from gateway.core.errors import UpstreamError

_LONGEST_EVENT = 16 * 1024 * 1024


async def events(chunks: AsyncIterator[bytes]) -> AsyncGenerator[dict[str, Any]]:
    """The JSON of each event, until the stream or OpenAI's ``[DONE]`` ends it."""
    async with aclosing(_data(chunks)) as texts:
        async for text in texts:
            if text == b"[DONE]":
                return
            yield _parsed(text)


def frame(value: dict[str, Any], *, event: str = "") -> bytes:
    """One event, with its name where the dialect has names."""
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


async def _data(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    rest = b""
    data: list[bytes] = []
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LONGEST_EVENT:
            raise UpstreamError("protocol", "The upstream's stream has an event that is too large.")
        for line in lines:
            name, _, value = line.rstrip(b"\r").partition(b":")
            if name == b"data":
                data.append(value.removeprefix(b" "))
            elif not name and not value and data:
                yield b"\n".join(data)
                data = []


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UpstreamError("protocol", "The upstream's stream has an event that is not a JSON object.")
    return value
