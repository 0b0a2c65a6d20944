"""A scripted upstream: plays OpenAI, Anthropic, Gemini, Bedrock or TGI on a loopback port, well or badly.

>>> async def example() -> None:
...     async with ScriptedUpstream([Turn("Hello"), Reply(status=500)]) as upstream:
...         ...  # point a client at upstream.url + "/v1"
...         assert upstream.requests[0].path == "/v1/chat/completions"

A script is a list, one answer a request, or a callable from the request to its answer. An answer is a
:class:`Turn` (said in whichever dialect the request speaks, streamed if it asks for that) or, for
exact bytes, a :class:`Reply`, a :class:`Stream` or a :class:`Fail`. Without a script it echoes the last
user text. ``/models`` is always answered.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self, cast

from gateway.testing.upstream_gemini import MODELS, speaks_gemini
from gateway.testing.upstream_http import Answer, Fail, Received, Reply, Stream, read_request, write_answer
from gateway.testing.upstream_turns import ToolCall, Turn, last_user_text, play

__all__ = ["Fail", "Received", "Reply", "Script", "ScriptedUpstream", "Stream", "ToolCall", "Turn", "echo"]

Script = Callable[[Received], Answer | Turn] | Sequence[Answer | Turn]


def echo(request: Received) -> Turn:
    """The default script."""
    return Turn("echo: " + last_user_text(request))


class ScriptedUpstream:
    """The server. ``requests`` and ``disconnects`` fill up as it is used."""

    def __init__(self, script: Script = echo, *, port: int = 0) -> None:
        self.requests: list[Received] = []
        """Everything that was received, in order of arrival."""

        self.disconnects: list[Received] = []
        """The requests whose client left before the answer was complete."""

        self.connections = 0
        """How many connections were accepted."""

        self._answer = script if callable(script) else _in_order(script)
        self._port = port
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()
        self._asked = asyncio.Event()
        self._left = asyncio.Event()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:<port>``, without a path."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        await asyncio.gather(*(connection.shut() for connection in tuple(self._open)))
        if self._server is not None:
            await self._server.wait_closed()

    async def wait_for_request(self) -> Received:
        """The first request; waits for one if there is none yet."""
        await self._asked.wait()
        return self.requests[0]

    async def wait_for_disconnect(self) -> Received:
        """The first request whose client left; waits for one if there is none yet."""
        await self._left.wait()
        return self.disconnects[0]

    @contextmanager
    def run_in_thread(self) -> Iterator[Self]:
        """Serve from a thread of its own, for synchronous tests and demonstrations.

        >>> with ScriptedUpstream().run_in_thread() as upstream:
        ...     upstream.url.startswith("http://127.0.0.1:")
        True
        """
        started, stop = threading.Event(), asyncio.Event()
        loop = asyncio.new_event_loop()

        async def serve() -> None:
            async with self:
                started.set()
                await stop.wait()

        thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
        thread.start()
        started.wait()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(stop.set)
            thread.join()
            loop.close()

    def received(self, request: Received) -> Answer:
        """A request arrived. Returns what the script says to it."""
        self.requests.append(request)
        self._asked.set()
        if request.path.partition("?")[0].endswith("/models"):
            return Reply.json(MODELS) if speaks_gemini(request.path) else _MODELS
        answer = self._answer(request)
        return play(answer, request) if isinstance(answer, Turn) else answer

    def opened(self, connection: "_Connection") -> None:
        """A connection was accepted."""
        self.connections += 1
        self._open.add(connection)

    def closed(self, connection: "_Connection", unanswered: Received | None) -> None:
        """A connection is gone, with the request that was still being answered on it."""
        self._open.discard(connection)
        if unanswered is not None:
            self.disconnects.append(unanswered)
            self._left.set()


class _Connection(asyncio.Protocol):
    """One client connection; the answering task is cancelled when the client goes."""

    def __init__(self, upstream: ScriptedUpstream) -> None:
        self._upstream = upstream
        self._reader = asyncio.StreamReader()
        self._answering: Received | None = None
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._task = asyncio.get_running_loop().create_task(self._serve())
        self._upstream.opened(self)

    def data_received(self, data: bytes) -> None:
        self._reader.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._reader.feed_eof()
        self._task.cancel()
        self._upstream.closed(self, self._answering)
        self._gone.set()

    async def shut(self) -> None:
        """End the connection from this side."""
        self._answering = None
        self._transport.abort()
        await self._gone.wait()

    async def _serve(self) -> None:
        try:
            while (request := await read_request(self._reader)) is not None:
                self._answering = request
                again = await write_answer(self._transport, self._upstream.received(request))
                self._answering = None
                if not again:
                    break
        finally:
            self._transport.close()


def _in_order(answers: Sequence[Answer | Turn]) -> Callable[[Received], Answer | Turn]:
    rest = iter(answers)
    error = {"message": "The script is exhausted.", "type": "invalid_request_error"}
    exhausted = Reply.json({"type": "error", "error": error}, status=400)
    return lambda _: next(rest, exhausted)


_MODELS = Reply.json(
    {
        "object": "list",
        "has_more": False,
        "data": [
            {
                "id": "scripted",
                "object": "model",
                "type": "model",
                "created": 1700000000,
                "owned_by": "lictor",
            }
        ],
    }
)
