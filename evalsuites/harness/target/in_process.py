"""The gateway in this process: the very application that serves, asked without a socket in between."""

import asyncio
import json
import threading
import time
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from evalsuites.harness.target.answer import Answer, Request
from evalsuites.harness.target.stream import read_stream
from gateway.server.app import Application
from gateway.server.settings import Settings

T = TypeVar("T")

START_S = 60.0
_KEY = b"Bearer evaluation"


class InProcess:
    """A gateway on an event loop of its own."""

    def __init__(self, settings: Settings) -> None:
        """Start it.

        Raises:
            ConfigError: the settings cannot be used.
        """
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lictor-evals", daemon=True)
        self._thread.start()
        self._app = Application(settings)
        self._stop = asyncio.Event()
        self._state: dict[str, Any] = {}
        self._living: asyncio.Task[None] | None = None
        self._run(self._start(), START_S)

    def ask(self, request: Request, timeout_s: float) -> Answer:
        """Ask once. Raises as :meth:`Target.ask` says."""
        return self._run(self._ask(request), timeout_s)

    def close(self) -> None:
        """Finish the log and end the loop."""
        self._run(self._end(), START_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, T], timeout_s: float) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout_s)
        except TimeoutError:
            future.cancel()
            raise

    # -- the application's life -------------------------------------------------------------------

    async def _start(self) -> None:
        started: asyncio.Future[None] = self._loop.create_future()
        self._living = self._loop.create_task(self._live(started))
        await started

    async def _live(self, started: "asyncio.Future[None]") -> None:
        told: list[str] = []

        async def receive() -> dict[str, Any]:
            if not told:
                told.append("startup")
                return {"type": "lifespan.startup"}
            await self._stop.wait()
            return {"type": "lifespan.shutdown"}

        async def send(message: Mapping[str, Any]) -> None:
            if message["type"] == "lifespan.startup.complete" and not started.done():
                started.set_result(None)

        try:
            await self._app({"type": "lifespan", "state": self._state}, receive, send)
        except Exception as error:
            if started.done():
                raise
            started.set_exception(error)

    async def _end(self) -> None:
        self._stop.set()
        if self._living is not None:
            await self._living

    # -- one call ---------------------------------------------------------------------------------

    async def _ask(self, request: Request) -> Answer:
        exchange = _Exchange(json.dumps(request.body, ensure_ascii=False).encode())
        began = time.perf_counter()
        await self._app(_scope(request, self._state), exchange.receive, exchange.send)
        return exchange.answer((time.perf_counter() - began) * 1000)


class _Exchange:
    """Both ends of one ASGI call."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._status = 0
        self._headers: dict[str, str] = {}
        self._received: list[bytes] = []

    async def receive(self) -> dict[str, Any]:
        if self._body is None:
            await asyncio.Event().wait()  # nobody leaves: the answer is waited for
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {
                name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]
            }
        else:
            self._received.append(message.get("body", b""))

    def answer(self, milliseconds: float) -> Answer:
        return answer_of(self._status, self._headers, b"".join(self._received), milliseconds)


def answer_of(status: int, headers: Mapping[str, str], body: bytes, milliseconds: float) -> Answer:
    """The answer behind a response; a body that is no JSON object is an error's message."""
    if headers.get("content-type", "").startswith("text/event-stream"):
        whole, events = read_stream(body)
        return Answer(status, whole, headers, milliseconds, events)
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        parsed = {"error": {"message": body.decode("utf-8", "replace")[:200]}}
    return Answer(status, parsed, headers, milliseconds)


def labelled(request: Request) -> dict[str, str]:
    """The headers of a call."""
    return {
        "content-type": "application/json",
        "x-eval-epoch": f"{request.epoch}.{request.repeat}" if request.repeat else str(request.epoch),
        "x-eval-role": request.role,
        "anthropic-version": "2023-06-01",
    }


def _scope(request: Request, state: dict[str, Any]) -> dict[str, Any]:
    headers = [(name.encode(), value.encode()) for name, value in labelled(request).items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": b"",
        "headers": [*headers, (b"authorization", _KEY), (b"x-api-key", b"evaluation")],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
        "state": state,
    }
