"""What the next exchange is governed by: routes, keys and the policy snapshot in force."""

from collections.abc import Awaitable
from dataclasses import replace
from time import perf_counter_ns
from typing import Protocol

from gateway.core.decision import Answer, Decision
from gateway.core.exchange import Caller, Exchange
from gateway.flow.commands import Judge
from gateway.flow.governance import Governance, Rules
from gateway.policy.authority import Snapshot
from gateway.policy.plan import Plan
from gateway.policy.releases import Following


class Policy(Rules, Protocol):
    """A policy snapshot: the flow plans with it, the driver asks it."""

    def judge(self, question: Judge) -> Decision | Awaitable[Decision]:
        """The decision of one phase. Never raises."""


class Governed:
    """A snapshot of the authority."""

    def __init__(self, snapshot: Snapshot, watcher: "Watcher") -> None:
        self.snapshot = snapshot
        self.revision = snapshot.revision
        self._watcher = watcher

    def plan(self, exchange: Exchange) -> Plan:
        """What to run on this exchange."""
        return self.snapshot.plan(exchange)

    def judge(self, question: Judge) -> Decision:
        """The decision of a phase; never raises: a fault of the engine is a decision too."""
        begun = perf_counter_ns()
        decision = self.snapshot.judge(question)
        self._watcher.judged(self.snapshot, question, decision, (perf_counter_ns() - begun) // 1000)
        return decision


class Ungoverned:
    """Without policy: nothing is detected, everything is allowed, and the record says so."""

    revision = "none"
    _PLAN = Plan(detectors=(), response_detectors=(), stream="observe")

    def plan(self, exchange: Exchange) -> Plan:  # noqa: ARG002 - every exchange gets the same
        """Nothing to run."""
        return self._PLAN

    def judge(self, question: Judge) -> Decision:
        """Allowed."""
        return Decision(question.phase, Answer.ALLOW, (), (), self.revision)


class Watcher(Protocol):
    """Sees what was decided, and changes nothing about it."""

    def judged(self, snapshot: Snapshot, question: Judge, decision: Decision, micros: int) -> None:
        """One decision, and how long it took. Must neither wait nor raise."""


class Unwatched:
    """Nobody looks."""

    def judged(self, snapshot: Snapshot, question: Judge, decision: Decision, micros: int) -> None:
        """Nothing."""


class Governor:
    """Hands out one consistent pair of governance and policy an exchange."""

    _KEPT = 4
    """Snapshots that exchanges begin with at a time: the enforced one, a canary, and some slack."""

    def __init__(
        self,
        governance: Governance,
        authority: Following | None,
        watcher: Watcher | None = None,
        policy: Policy | None = None,
    ) -> None:
        """Follow an authority, or stay with the ``policy`` that is given, or with none."""
        self._authority = authority
        self._watcher = watcher or Unwatched()
        constant: Policy = policy or Ungoverned()
        self._constant = replace(governance, rules=constant), constant
        self._governed: tuple[tuple[Governance, Governed], ...] = ()

    def current(self, caller: Caller) -> tuple[Governance, Policy]:
        """What an exchange of this caller that begins now is governed by, from start to end."""
        if self._authority is None:
            return self._constant
        snapshot = self._authority.choose(caller.tenant)
        for pair in self._governed:
            if pair[1].snapshot is snapshot:
                return pair
        return self._remembered(Governed(snapshot, self._watcher))

    def _remembered(self, policy: Governed) -> tuple[Governance, Governed]:
        governance = replace(self._constant[0], rules=policy, seen_digest=policy.snapshot.digest)
        pair = governance, policy
        self._governed = (pair, *self._governed[: self._KEPT - 1])
        return pair
