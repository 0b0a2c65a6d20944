"""Decision logs as OPA sends them: batches of events, gzipped, to ``<service>/logs``.

An event holds the facts that rules saw, which are content-free, and the views of rules. The decision log of
the gateway itself (:mod:`gateway.audit`) is another thing: this one may lose events, and counts those lost.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from gateway.core.decision import Decision
from gateway.core.exchange import Caller, Exchange
from gateway.flow.commands import Judge
from gateway.flow.governance import Governance
from gateway.policy.plan import Plan
from gateway.server.proxy import Governing, Policy
from gateway.server.reporting.service import Service, Undelivered

_log = logging.getLogger("lictor")
LONGEST_PAUSE_S = 60.0

Tell = Callable[[str, int], None]
"""Told what became of how many events: ``uploaded``, ``dropped``; and of uploads: ``failed``."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is the same in all events."""

    labels: Mapping[str, str]
    bundle: str = "lictor"
    package: str = "lictor"
    erase: Sequence[str] = ()
    """JSON pointers into an event; what they point at is taken out, and named in ``erased``."""

    def event(self, question: Judge, decision: Decision, number: int) -> bytes:
        """One decision as one of OPA's events."""
        event: dict[str, Any] = {
            "labels": self.labels,
            "decision_id": f"{question.exchange.id}/{question.phase}" + (f"/{number}" if number else ""),
            "bundles": {self.bundle: {"revision": decision.revision}},
            "path": f"{self.package.replace('.', '/')}/{question.phase}",
            "input": dict(question.facts(question.coverage, None, question.now_ms)),
            "result": _result(decision),
            "requested_by": question.exchange.caller.key or question.exchange.caller.tenant,
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "custom": {"answer": decision.answer.value, "mode": decision.mode},
        }
        if erased := [pointer for pointer in self.erase if _erased(event, pointer)]:
            event["erased"] = erased
        return orjson.dumps(event)


def _result(decision: Decision) -> dict[str, list[dict[str, object]]]:
    sets: dict[str, list[dict[str, object]]] = {}
    for verdict in decision.verdicts:
        said = {"rule": verdict.rule, "reason": verdict.reason, "fail": verdict.fail, **verdict.params}
        optional = {"controls": verdict.controls, "findings": verdict.findings}
        said |= {name: value for name, value in optional.items() if value}
        sets.setdefault(verdict.effect.value, []).append(said)
    return sets


def _erased(event: dict[str, Any], pointer: str) -> bool:
    """Take out what a JSON pointer points at; False where there is nothing."""
    *path, last = pointer.split("/")[1:]
    place: Any = event
    for step in path:
        place = place.get(step) if isinstance(place, dict) else None
    return isinstance(place, dict) and place.pop(last, None) is not None


class DecisionLogs:
    """Gathers events in bounded memory and sends them. Lives in one event loop."""

    def __init__(  # noqa: PLR0913 - what can be set
        self,
        service: Service,
        shape: Shape,
        *,
        delay_s: float,
        upload_bytes: int,
        buffer_bytes: int,
        tell: Tell,
    ) -> None:
        self.shape = shape
        self.ailing = ""
        """Why the last upload failed; empty where it did not."""

        self._service = service
        self._delay_s = delay_s
        self._upload_bytes = upload_bytes
        self._buffer_bytes = buffer_bytes
        self._tell = tell
        self._events: deque[bytes] = deque()
        self._size = 0

    def add(self, event: bytes) -> None:
        """Take an event; the oldest go where there is no room, and are counted."""
        self._events.append(event)
        self._size += len(event)
        self._make_room()

    async def run(self) -> None:
        """Send what there is, every so often, until cancelled."""
        pause = self._delay_s
        while True:
            await asyncio.sleep(pause)
            pause = self._delay_s if await self.send() else min(pause * 2, LONGEST_PAUSE_S)

    async def send(self) -> bool:
        """Send everything; False where the service does not take it. What it did not take stays."""
        while self._events:
            batch = self._batch()
            try:
                body = b"[" + b",".join(batch) + b"]"
                await asyncio.to_thread(self._service.post, "logs", body, compressed=True)
            except Undelivered as error:
                self._failed(batch, str(error))
                return False
            except asyncio.CancelledError:
                self._put_back(batch)
                raise
            self.ailing = ""
            self._tell("uploaded", len(batch))
        return True

    def _failed(self, batch: Sequence[bytes], why: str) -> None:
        if not self.ailing:
            _log.warning("decision logs are not delivered: %s", why)
        self.ailing = why
        self._tell("failed", 1)
        self._put_back(batch)

    def _batch(self) -> list[bytes]:
        batch = [self._events.popleft()]
        size = len(batch[0])
        while self._events and size + len(self._events[0]) <= self._upload_bytes:
            batch.append(self._events.popleft())
            size += len(batch[-1])
        self._size -= size
        return batch

    def _put_back(self, batch: Sequence[bytes]) -> None:
        self._events.extendleft(reversed(batch))
        self._size += sum(map(len, batch))
        self._make_room()

    def _make_room(self) -> None:
        dropped = 0
        while self._size > self._buffer_bytes and self._events:
            self._size -= len(self._events.popleft())
            dropped += 1
        if dropped:
            self._tell("dropped", dropped)


class Logged:
    """One exchange's rules, each of whose decisions becomes an event."""

    def __init__(self, policy: Policy, logs: DecisionLogs) -> None:
        self._policy = policy
        self._logs = logs
        self._number = 0

    @property
    def revision(self) -> str:
        """Digest of the bundle."""
        return self._policy.revision

    def plan(self, exchange: Exchange) -> Plan | Awaitable[Plan]:
        """Which checks to run."""
        return self._policy.plan(exchange)

    def judge(self, question: Judge) -> Decision | Awaitable[Decision]:
        """The decision of one phase."""
        decision = self._policy.judge(question)
        if isinstance(decision, Decision):
            return self._told(question, decision)
        return self._later(question, decision)

    async def _later(self, question: Judge, decision: Awaitable[Decision]) -> Decision:
        return self._told(question, await decision)

    def _told(self, question: Judge, decision: Decision) -> Decision:
        """A report that cannot be made changes nothing about the decision."""
        number = self._number if question.phase == "response" else 0
        self._number += question.phase == "response"
        try:
            self._logs.add(self._logs.shape.event(question, decision, number))
        except Exception as error:  # noqa: BLE001 - whatever cannot be said in JSON
            _log.error("no decision log of %s: %s", question.exchange.id, type(error).__name__)
        return decision


@dataclass(frozen=True, slots=True)
class LoggedGoverning:
    """Hands out rules whose decisions become events."""

    governing: Governing
    logs: DecisionLogs

    def current(self, caller: Caller) -> tuple[Governance, Policy]:
        """What an exchange of this caller that begins now keeps to its end."""
        governance, policy = self.governing.current(caller)
        return governance, Logged(policy, self.logs)
