"""The driver of an exchange whose bytes Envoy carries.

What the flow wants forwarded is what Envoy is allowed to send; the upstream's answer is what Envoy tells
next; and the flow's reply either lets that answer pass, changed or not, or takes its place.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from gateway.core.errors import CallerError, UpstreamError
from gateway.flow.commands import Headers, Record, Relay, Relayed, Reply, Start, Write
from gateway.providers.client import UpstreamRequest, UpstreamResponse
from gateway.providers.credentials import CREDENTIALS
from gateway.providers.decoding import Undecodable, decoder_for
from gateway.providers.dispatch import named
from gateway.providers.upstream import Upstream
from gateway.server.driver import Driver, Judging, Services
from gateway.server.envoy.messages import Stage, Told, go_on, stop

UPSTREAM = b"x-lictor-upstream"
"""Tells Envoy's routes which upstream the gateway's own route, or a rule, has chosen."""

_OURS = b"x-lictor-"
_LENGTH = b"content-length"
_OF_THE_OLD_BODY = frozenset({b"content-digest", b"content-md5", b"digest", b"repr-digest"})

Hear = Callable[[], Awaitable[Told | None]]
Say = Callable[[bytes], Awaitable[None]]


@dataclass(slots=True)
class Asked:
    """A request that Envoy holds until it is told what to do."""

    stage: Stage
    """What Envoy waits for an answer to."""

    headers: Headers
    body: bytes
    keys_stay: bool
    """Whether callers bring keys of the gateway's own, which must not travel on."""


class EnvoyDriver(Driver):
    """Drives one flow for one request that Envoy holds."""

    def __init__(self, services: Services, rules: Judging, asked: Asked, hear: Hear, say: Say) -> None:
        super().__init__(services, rules, _nothing, _nowhere)
        self._asked = asked
        self._hear = hear
        self._say = say
        self._answer_to: Answer | None = None

    def _left(self) -> bool:
        """Envoy ends the call when its own caller has gone, and also once it has its answer."""
        if self.answered:
            return False
        task = asyncio.current_task()
        if not self._watch.gone and task is not None:
            task.uncancel()
        self._watch.gone = True
        return True

    async def _forward(self, upstreams: Sequence[Upstream], request: UpstreamRequest) -> UpstreamResponse:
        able = [upstream for upstream in upstreams if _reachable(upstream, request)]
        if not able:
            raise CallerError(400, "unsupported_endpoint", "No upstream of this model serves this endpoint.")
        chosen = named(able[0], request)
        changed = chosen.body if chosen.body != self._asked.body else None
        await self._say(
            go_on(
                self._asked.stage,
                set_=[
                    (UPSTREAM, able[0].name.encode()),
                    (b"accept-encoding", b"identity"),
                    *_resized(self._asked.headers, changed),
                ],
                remove=self._held_back(),
                body=changed,
                reroute=True,
            )
        )
        head = await self._told()
        if head.stage != "response_headers":
            raise UpstreamError("protocol", "Envoy did not send the answer's head.", upstream=able[0].name)
        self._answer_to = Answer(able[0].name, head, self._told, self._say)
        return self._answer_to

    def _held_back(self) -> list[bytes]:
        """What must not travel on: our own labels, whoever wrote them, and our own keys."""
        names = dict.fromkeys(name for name, _ in self._asked.headers)
        keys = CREDENTIALS if self._asked.keys_stay else frozenset[bytes]()
        return [name for name in names if name in keys or (name.startswith(_OURS) and name != UPSTREAM)]

    async def _record(self, command: Record) -> bool:
        """As for any caller: what is half-way to the disk is neither lost nor made twice."""
        recorder = self._services.recorder
        work = asyncio.get_running_loop().create_task(
            recorder.append_all(command.records, command.contents, required=command.required)
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
            self._watch.gone = True
            return await work

    async def _told(self) -> Told:
        told = await self._hear()
        if told is None:
            self._watch.gone = True
            raise asyncio.CancelledError
        return told

    async def _answer(self, command: Reply | Relay | Start | Write) -> Relayed | None:
        match command:
            case Reply(status, headers, body):
                await self._replied(status, headers, body)
            case Relay(response, headers):
                body = await response.read()
                await self._replied(response.status, headers, body)
                return Relayed(body, len(body))
            case Start() | Write():
                raise RuntimeError("an answer that Envoy holds cannot be released in pieces")
        return None

    async def _replied(self, status: int, headers: Headers, body: bytes) -> None:
        self.answered = True
        if self._watch.gone:
            return
        answer = self._answer_to
        if answer is None or status != answer.status or not answer.held:
            await self._say(stop(status, headers, body))
        else:
            await self._say(answer.released(headers, body))


class Answer:
    """The upstream's answer, as Envoy holds it."""

    def __init__(self, upstream: str, head: Told, hear: Callable[[], Awaitable[Told]], say: Say) -> None:
        self.upstream = upstream
        self.attempts = 1
        self.status = int(dict(head.headers).get(b":status", b"0"))
        self.headers: Headers = [field for field in head.headers if not field[0].startswith(b":")]
        self.held: Stage | None = "response_headers" if head.last else None
        """What Envoy waits for an answer to, once the body is here."""

        self._hear = hear
        self._say = say
        self._raw = self._body = b""

    async def read(self) -> bytes:
        """The whole body, decoded. Raises ``UpstreamError`` where it cannot be."""
        if self.held is None:
            await self._receive()
        return self._body

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in one piece: Envoy holds it until it is whole."""
        yield await self.read()

    async def aclose(self) -> None:
        """Nothing to let go of: the connection is Envoy's."""

    async def _receive(self) -> None:
        await self._say(go_on("response_headers"))
        told = await self._hear()
        if told.stage != "response_body":
            raise UpstreamError("protocol", "Envoy did not send the answer's body.", upstream=self.upstream)
        self._raw, self.held = told.body, "response_body"
        self._body = self._decoded()

    def _decoded(self) -> bytes:
        try:
            decoder = decoder_for(dict(self.headers).get(b"content-encoding", b""))
            if decoder is None:
                return self._raw
            body = b"".join(decoder.decode(self._raw))
            decoder.finish()
        except Undecodable as error:
            raise UpstreamError("protocol", str(error), upstream=self.upstream) from None
        return body

    def released(self, headers: Headers, body: bytes) -> bytes:
        """Envoy's own copy passes, with the gateway's labels; other bytes only where they have to differ."""
        known = dict(self.headers)
        remove = [name for name in known if name.startswith(_OURS)]
        changed = body if body != self._raw else None
        if changed is not None:
            remove += [name for name in known if name in _OF_THE_OLD_BODY or name == b"content-encoding"]
        added = [(name, value) for name, value in headers if known.get(name) != value]
        added += _resized(self.headers, changed)
        return go_on(self.held or "response_headers", set_=added, remove=remove, body=changed)


def _reachable(upstream: Upstream, request: UpstreamRequest) -> bool:
    """Whether Envoy can send the request there: in its own dialect, and at the path that it came with."""
    alike = upstream.family == request.family and request.azure == (upstream.dialect == "azure")
    return alike and named(upstream, request).path == request.path


def _resized(headers: Headers, changed: bytes | None) -> list[tuple[bytes, bytes]]:
    """Envoy refuses a body that is not as long as the headers say, and does not mend them itself."""
    if changed is None or all(name != _LENGTH for name, _ in headers):
        return []
    return [(_LENGTH, b"%d" % len(changed))]


async def _nothing() -> dict[str, object]:
    """Nobody listens for a disconnect: Envoy's call is cancelled instead."""
    raise RuntimeError("an exchange through Envoy has no ASGI messages")


async def _nowhere(_: object) -> None:
    raise RuntimeError("an exchange through Envoy has no ASGI messages")
