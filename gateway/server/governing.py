"""What the next exchange is governed by: routes, keys and the policy snapshot in force."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Protocol

from gateway.core.decision import Answer, Decision
from gateway.core.exchange import Exchange
from gateway.flow.commands import Judge
from gateway.flow.governance import Governance, Rules
from gateway.policy.authority import Authority, Snapshot
from gateway.policy.plan import Plan


class Policy(Rules, Protocol):
    """A policy snapshot: the flow plans with it, the driver asks it."""

    def judge(self, question: Judge) -> Decision | Awaitable[Decision]:
        """The decision of one phase. Never raises."""


class Governed:
    """A snapshot of the authority."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.revision = snapshot.revision

    def plan(self, exchange: Exchange) -> Plan:
        """What to run on this exchange."""
        return self.snapshot.plan(exchange)

    def judge(self, question: Judge) -> Decision:
        """The decision of a phase; never raises: a fault of the engine is a decision too."""
        return self.snapshot.judge(
            question.phase,
            question.exchange,
            question.segments,
            question.findings,
            question.coverage,
            question.plan,
            request=question.request,
            response={"status": question.status, "finish": question.finish},
            now_ms=question.now_ms,
        )


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


class Governor:
    """Hands out one consistent pair of governance and policy an exchange."""

    def __init__(
        self, governance: Governance, authority: Authority | None, policy: Policy | None = None
    ) -> None:
        """Follow an authority, or stay with the ``policy`` that is given."""
        self._authority = authority
        self._policy: Policy = policy or Ungoverned()
        self._governance = replace(governance, rules=self._policy)

    def current(self) -> tuple[Governance, Policy]:
        """What an exchange that begins now is governed by, from start to end."""
        if self._authority is not None:
            self._follow(self._authority.snapshot())
        return self._governance, self._policy

    def _follow(self, snapshot: Snapshot) -> None:
        if isinstance(self._policy, Governed) and self._policy.snapshot is snapshot:
            return
        self._policy = Governed(snapshot)
        self._governance = replace(self._governance, rules=self._policy, seen_digest=snapshot.digest)
