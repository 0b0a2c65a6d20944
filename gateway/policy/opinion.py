"""A second opinion: another revision's decision about the same facts, from a process of its own.

:func:`main` runs in that process. The interpreter holds on to Python's lock for as long as
a rule runs, so a candidate that loops would stop a gateway even from another thread; here it stops nobody.
It yields the processor to everybody, has a limit on memory, and is killed when it takes too long.
"""

import os
import resource
import signal
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import orjson

from gateway.core.decision import Decision, Phase
from gateway.core.errors import ConfigError, GatewayFault
from gateway.core.exchange import Exchange
from gateway.core.finding import Coverage
from gateway.policy.authority import Authority
from gateway.policy.combine import combine, faulted
from gateway.policy.compare import Kind
from gateway.policy.engine import Engine
from gateway.policy.facts import plan_facts
from gateway.policy.plan import Plan

NICE = 19
ALARM_S = 30
MEMORY_BYTES = 2 * 1024**3
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Question:
    """What was decided, and on which facts. Free of content: it crosses a pipe."""

    phase: Phase
    exchange: Exchange
    facts: bytes
    """The input document."""

    coverage: tuple[Coverage, ...]
    plan: Plan
    decision: Decision
    """The enforced revision's decision."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the candidate says."""

    decision: Decision
    kind: Kind | None = None
    """Why the decision cannot be compared; None where it can."""

    micros: int = 0
    """Processor time that it took."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message: whether the candidate can be asked at all."""

    revision: str
    refused: str = ""
    reads_digest: bool = False


class Second:
    """Answers for one candidate."""

    def __init__(self, engine: Engine, installed: tuple[str, ...]) -> None:
        self._engine = engine
        self._installed = installed
        self._requests: OrderedDict[str, Decision] = OrderedDict()
        """What the candidate said to the requests whose responses are still to come."""

    def answer(self, question: Question) -> Opinion:
        """The candidate's view; never raises."""
        begun = time.thread_time_ns()
        try:
            opinion = self._judge(question)
        except Exception:  # noqa: BLE001 - whatever fails in a candidate, it is what would have been decided
            opinion = Opinion(faulted(question.phase, self._engine.revision))
        if question.phase == "request":
            self._remember(question.exchange.id, opinion.decision)
        return replace(opinion, micros=(time.thread_time_ns() - begun) // 1000)

    def _judge(self, question: Question) -> Opinion:
        phase, before = question.phase, self._requests.get(question.exchange.id)
        if phase == "response" and before is not None and before.answer.stops:
            return Opinion(question.decision, Kind.MOOT)
        plan = self._engine.plan(plan_facts(question.exchange, self._installed))
        planned = set(plan.of(phase))
        if planned - set(question.plan.of(phase)):
            return Opinion(question.decision, Kind.UNKNOWN)
        facts = orjson.loads(question.facts)
        facts["findings"] = [each for each in facts["findings"] if each["detector"] in planned]
        facts["coverage"] = [each for each in facts["coverage"] if each["detector"] in {"*", *planned}]
        if before is not None and phase == "response":
            rules = sorted({verdict.rule for verdict in before.verdicts})
            facts["request"] = {"answer": before.answer.value, "rules": rules}
        coverage = [each for each in question.coverage if each.detector in {"*", *planned}]
        views = self._engine.evaluate(phase, facts)
        return Opinion(combine(phase, views, coverage, plan, self._engine.revision))

    def _remember(self, exchange: str, decision: Decision) -> None:
        self._requests[exchange] = decision
        while len(self._requests) > _REMEMBERED:
            self._requests.popitem(last=False)


def main(descriptor: int) -> None:
    """Greet, then answer questions until there are no more."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with Connection(descriptor) as pipe:
        path, installed = pipe.recv()
        try:
            second, hello = _ready(path, installed)
        except (GatewayFault, OSError, MemoryError) as error:
            pipe.send(Hello("", str(error) or "there is not enough memory for it"))
            return
        pipe.send(hello)
        while True:
            try:
                question = pipe.recv()
            except EOFError:
                return
            # Nobody may be left to kill it: then the kernel does, also while a rule runs.
            signal.alarm(ALARM_S)
            pipe.send(second.answer(question))
            signal.alarm(0)


def _ready(path: Path, installed: tuple[str, ...]) -> tuple[Second, Hello]:
    """Check and load the candidate; raises ConfigError."""
    snapshot = Authority(path, installed=installed, digest=_no_digest).snapshot()
    for _ in snapshot.warm():
        pass
    reads_digest = snapshot.digest is not None
    return Second(snapshot.engine, installed), Hello(snapshot.revision, reads_digest=reads_digest)


def _no_digest(_: str) -> str:
    raise ConfigError("digests are made before the facts come here")
