"""The driver: performs what a flow asks for, and tells it what came of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.core.decision import Decision
from gateway.core.errors import LictorError
from gateway.detect.runner import Detection, Runner
from gateway.flow.commands import (
    Collect,
    Content,
    Detect,
    Disconnected,
    Flow,
    Forward,
    Headers,
    Judge,
    Next,
    Prepare,
    Record,
    Relay,
    Relayed,
    Reply,
    Start,
    Write,
)
from gateway.policy.plan import Plan
from gateway.providers.client import UpstreamRequest, UpstreamResponse
from gateway.providers.dispatch import Dispatcher
from gateway.providers.upstream import Upstream
from gateway.server.watch import Receive, Watch

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Awaited = Detect | Record | Forward | Collect | Next | Reply | Relay | Start | Write
Worked = Detect | Forward | Collect | Next | Relay
"""What is done for a caller; for one that has left there is no point."""


class Recorder(Protocol):
    """Where records become durable."""

    async def append_all(
        self, records: Sequence[dict[str, Any]], contents: Sequence[Content] = (), *, required: bool = True
    ) -> bool:
        """Return when all are durable, and before them what is kept of bodies; False when they need not be
        and are not. Raises ``RecordFault``."""


class Judging(Protocol):
    """The policy snapshot that answers this exchange."""

    def judge(self, question: Judge) -> Decision | Awaitable[Decision]:
        """The decision of one phase; an engine outside this process is awaited. Never raises."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the driver performs commands with."""

    runner: Runner
    dispatcher: Dispatcher
    recorder: Recorder


class Driver:
    """Drives one flow for one caller."""

    def __init__(self, services: Services, rules: Judging, receive: Receive, send: Send) -> None:
        self._services = services
        self._rules = rules
        self._send = send
        self._watch = Watch(receive)
        self._response: UpstreamResponse | None = None
        self._chunks: AsyncIterator[bytes] | None = None
        self._open = False
        self.answered = False

    async def drive(self, flow: Flow) -> None:
        """Run a flow to its end.

        Raises:
            LictorError: the flow could not say more to the caller (its answer had begun).
        """
        try:
            await self._drive(flow)
            if self._open:
                await self._write(b"", more=False)
        finally:
            self._watch.stop()
            flow.close()
            if self._response is not None:
                await self._response.aclose()

    async def _drive(self, flow: Flow) -> None:
        result: object = None
        fault: Exception | None = None
        while True:
            try:
                command = flow.send(result) if fault is None else flow.throw(fault)
            except StopIteration:
                return
            result = fault = None
            if self._watch.gone and isinstance(command, Worked):
                fault = Disconnected()
                continue
            try:
                if isinstance(command, Judge):
                    decision = self._rules.judge(command)
                    result = decision if isinstance(decision, Decision) else await decision
                elif isinstance(command, Prepare):
                    plan = command.rules.plan(command.exchange)
                    result = plan if isinstance(plan, Plan) else await plan
                else:
                    result = await self._perform(command)
            except LictorError as error:
                fault = error
            except asyncio.CancelledError:
                if not self._left():
                    raise
                fault = Disconnected()

    def _left(self) -> bool:
        """Whether the cancellation says that the caller has gone; if so it is taken back."""
        task = asyncio.current_task()
        if not self._watch.gone or task is None:
            return False
        task.uncancel()
        return True

    async def _perform(self, command: Awaited) -> object:
        match command:
            case Detect():
                return await self._detect(command)
            case Record():
                return await self._record(command)
            case Forward(upstreams, request):
                return await self._forward(upstreams, request)
            case Collect(response):
                return await response.read()
            case Next(response):
                return await self._next(response)
            case _:
                return await self._answer(command)

    async def _answer(self, command: Reply | Relay | Start | Write) -> Relayed | None:
        match command:
            case Reply(status, headers, body):
                await self._reply(status, headers, body)
            case Start(status, headers):
                await self._begin(status, headers)
            case Write(body):
                await self._write(body, more=True)
            case Relay():
                return await self._relay(command)
        return None

    async def _next(self, response: UpstreamResponse) -> bytes | None:
        if self._chunks is None:
            self._chunks = response.chunks()
        return await anext(self._chunks, None)

    async def _forward(self, upstreams: Sequence[Upstream], request: UpstreamRequest) -> UpstreamResponse:
        self._watch.start()
        self._response = await self._services.dispatcher.send(upstreams, request)
        return self._response

    async def _record(self, command: Record) -> bool:
        """A caller that leaves meanwhile is noticed afterwards: the record stands, and is the only one."""
        self._watch.patient = True
        try:
            return await self._services.recorder.append_all(
                command.records, command.contents, required=command.required
            )
        finally:
            self._watch.patient = False

    async def _detect(self, command: Detect) -> Detection:
        runner = self._services.runner
        if runner.inline(command.detectors):
            return runner.detect_inline(command.segments, command.detectors)
        return await runner.detect(command.segments, command.detectors, command.deadline_s, command.occasion)

    async def _reply(self, status: int, headers: Headers, body: bytes) -> None:
        sized = [*headers, (b"content-length", b"%d" % len(body))]
        await self._start(status, sized)
        await self._write(body, more=False)

    async def _begin(self, status: int, headers: Headers) -> None:
        """An answer that ends when the flow does."""
        await self._start(status, headers)
        self._open = True

    async def _start(self, status: int, headers: Headers) -> None:
        self.answered = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def _relay(self, command: Relay) -> Relayed:
        response = command.response
        await self._begin(response.status, command.headers)
        size, kept = 0, []
        async for chunk in response.chunks():
            size += len(chunk)
            if command.keep:
                kept.append(chunk)
            await self._write(chunk, more=True)
        return Relayed(b"".join(kept), size)

    async def _write(self, body: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})
