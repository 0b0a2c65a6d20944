"""A client that keeps answers and plays them back."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Literal

from gateway.core.errors import ConfigError, UpstreamError
from gateway.providers.client import Headers, UpstreamClient, UpstreamRequest, UpstreamResponse
from gateway.providers.recording.key import described, key_of, without_labels
from gateway.providers.recording.store import Recording, Recordings, kept
from gateway.providers.upstream import Upstream

Mode = Literal["record", "replay", "replay-or-fail"]
"""``record`` asks and keeps, ``replay`` asks only for what is not kept, ``replay-or-fail`` never asks."""

REPLAYED = (b"x-eval-replayed", b"1")
WAITED = b"x-eval-recorded-ms"
"""Milliseconds that the upstream took for the whole answer when it was recorded, where that is known."""

MISSING = "no_recording"


class RecordingClient:
    """Stands in front of another client. Answers above 399 are handed on and not kept."""

    def __init__(self, client: UpstreamClient, recordings: Recordings, mode: Mode) -> None:
        self._client = client
        self._recordings = recordings
        self._mode = mode

    async def send(self, upstream: Upstream, request: UpstreamRequest) -> UpstreamResponse:
        """The kept answer, or the upstream's own.

        Raises:
            UpstreamError: as the other client does; with the code ``no_recording`` where nothing is kept and
                nobody may be asked.
        """
        key = key_of(upstream, request)
        if self._mode != "record" and (found := await self._kept(key, upstream)) is not None:
            return Replayed(found, upstream.name)
        if self._mode == "replay-or-fail":
            raise UpstreamError(MISSING, f"There is no recording {key}.", upstream=upstream.name)
        began = time.monotonic_ns()
        response = await self._client.send(
            upstream, replace(request, headers=without_labels(request.headers))
        )
        if response.status >= 400:
            return response
        blank = Recording(
            described(upstream, request), response.status, kept(response.headers), (), _since(began)
        )
        return Recorded(response, self._recordings, key, blank)

    async def aclose(self) -> None:
        """Close every connection of the other client."""
        await self._client.aclose()

    async def _kept(self, key: str, upstream: Upstream) -> Recording | None:
        try:
            return self._recordings.read(key)
        except ConfigError as error:
            raise UpstreamError("protocol", str(error), upstream=upstream.name) from None


class Replayed:
    """An answer from a recording, frame by frame as it came, without the waiting."""

    attempts = 1

    def __init__(self, recording: Recording, upstream: str) -> None:
        self.status = recording.status
        self.headers: Headers = (*recording.headers, REPLAYED, *_took(recording))
        self.upstream = upstream
        self._recording = recording

    async def read(self) -> bytes:
        """The whole body."""
        return self._recording.body

    async def chunks(self) -> AsyncIterator[bytes]:
        """The pieces of the body."""
        for _, data in self._recording.frames:
            yield data
            await asyncio.sleep(0)

    async def aclose(self) -> None:
        """Nothing to close."""


class Recorded:
    """An answer that is kept when it has come whole; half of one is worth nothing."""

    def __init__(
        self, response: UpstreamResponse, recordings: Recordings, key: str, blank: Recording
    ) -> None:
        self.status = response.status
        self.headers = response.headers
        self.upstream = response.upstream
        self.attempts = response.attempts
        self._response = response
        self._recordings = recordings
        self._key = key
        self._blank = blank
        self._began = time.monotonic_ns()

    async def read(self) -> bytes:
        """The whole body."""
        body = await self._response.read()
        await self._keep([(_since(self._began), body)])
        return body

    async def chunks(self) -> AsyncIterator[bytes]:
        """The pieces of the body."""
        frames = []
        async for data in self._response.chunks():
            frames.append((_since(self._began), data))
            yield data
        await self._keep(frames)

    async def aclose(self) -> None:
        """Let go; what had not come by then is not kept."""
        await self._response.aclose()

    async def _keep(self, frames: list[tuple[int, bytes]]) -> None:
        recording = replace(self._blank, frames=tuple(frames))
        await asyncio.to_thread(self._recordings.write, self._key, recording)


def _since(began: int) -> int:
    """Microseconds."""
    return (time.monotonic_ns() - began) // 1000


def _took(recording: Recording) -> Headers:
    took = recording.took_us
    return () if took is None else ((WAITED, f"{took / 1000:.3f}".encode()),)
