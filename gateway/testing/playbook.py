"""The playbook: drives an exchange without a socket, and keeps what it asked for.

>>> def example(call, governance):
...     world = World(answers={"request": allow()})
...     play(live(call, governance), world)
...     assert world.asked == ["Prepare", "Detect", "Judge", "Record", "Forward", ...]
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.core.decision import Answer, Decision, Phase
from gateway.core.finding import Coverage, Finding, State
from gateway.detect.runner import Detection
from gateway.flow.commands import (
    Collect,
    Command,
    Detect,
    Disconnected,
    Flow,
    Forward,
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

REVISION = "sha256:" + "0" * 64

Result = object
Fault = Exception


def allow(phase: Phase) -> Decision:
    """A decision that lets everything through."""
    return Decision(phase, Answer.ALLOW, (), (), REVISION)


class Upstreamed:
    """An upstream's answer, from memory."""

    def __init__(
        self,
        body: bytes = b"{}",
        *,
        status: int = 200,
        content_type: bytes = b"application/json",
        headers: Sequence[tuple[bytes, bytes]] = (),
        pieces: Sequence[bytes] = (),
    ) -> None:
        self.status = status
        self.headers: Sequence[tuple[bytes, bytes]] = [(b"content-type", content_type), *headers]
        self.upstream = "scripted"
        self.attempts = 1
        self.body = b"".join(pieces) if pieces else body
        self.pieces = pieces or (body,)

    async def read(self) -> bytes:
        """The whole body."""
        return self.body

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body in its pieces; one, where none are given."""
        for piece in self.pieces:
            yield piece

    async def aclose(self) -> None:
        """Nothing to let go of."""


@dataclass
class World:
    """Answers commands from a script; ``faults`` throws instead, by command name."""

    response: Upstreamed = field(default_factory=Upstreamed)
    findings: Mapping[Phase, Sequence[Finding]] = field(default_factory=dict)
    decide: Callable[[Judge], Decision] = lambda question: allow(question.phase)
    detect: Callable[[Detect], Detection] | None = None
    """In place of ``findings``, for a test that brings detectors."""

    faults: dict[str, Fault] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    _coming: Iterator[bytes] | None = None

    @property
    def asked(self) -> list[str]:
        """Names of the commands so far, in order."""
        return [type(command).__name__ for command in self.commands]

    @property
    def records(self) -> list[dict[str, Any]]:
        """Every record so far, in order."""
        return [
            record for command in self.commands if isinstance(command, Record) for record in command.records
        ]

    @property
    def reply(self) -> Reply:
        """The answer that the caller got."""
        return next(command for command in self.commands if isinstance(command, Reply))

    @property
    def written(self) -> bytes:
        """Everything that an answer got that came in pieces."""
        return b"".join(command.body for command in self.commands if isinstance(command, Write))

    @property
    def answer(self) -> bytes:
        """All that the caller got, in one piece or in several."""
        return self.written or self.reply.body

    @property
    def forwarded(self) -> bytes:
        """The body that went upstream."""
        return next(c.request.body for c in self.commands if isinstance(c, Forward))

    def perform(self, command: Command) -> Result:
        """The scripted result of a command."""
        self.commands.append(command)
        fault = self.faults.get(type(command).__name__)
        if fault is not None:
            raise fault
        match command:
            case Prepare(rules, exchange):
                return rules.plan(exchange)
            case Detect():
                return self.detect(command) if self.detect else self._detection(command)
            case Judge():
                return self.decide(command)
            case Forward():
                return self.response
            case Collect() | Relay() | Next():
                return self._body(command)
            case Record() | Reply() | Start() | Write():
                return None

    def _body(self, command: Collect | Relay | Next) -> Relayed | bytes | None:
        body = self.response.body
        match command:
            case Collect():
                return body
            case Relay():
                return Relayed(body if command.keep else b"", len(body))
            case Next():
                self._coming = self._coming or iter(self.response.pieces)
                return next(self._coming, None)

    def _detection(self, command: Detect) -> Detection:
        phase: Phase = "response" if "Forward" in self.asked else "request"
        coverage = tuple(
            Coverage(segment.id, detector, State.OK)
            for segment in command.segments
            for detector in command.detectors
        )
        return Detection(tuple(self.findings.get(phase, ())), coverage)


def play(flow: Flow, world: World) -> World:
    """Run a flow to its end against a world; a fault that the flow lets out is raised."""
    result: Result = None
    fault: Fault | None = None
    while True:
        try:
            command = flow.throw(fault) if fault else flow.send(result)
        except StopIteration:
            return world
        result, fault = None, None
        try:
            result = world.perform(command)
        except Exception as raised:  # noqa: BLE001 - whatever the script raises is thrown in
            fault = raised


__all__ = ["REVISION", "Disconnected", "Upstreamed", "World", "allow", "play"]
