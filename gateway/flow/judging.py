"""Judging: detectors, then policy, then what follows from its answer."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gateway.audit.record import UNSEEN, Seen
from gateway.core.decision import Answer, Decision, Effect, Phase, Verdict
from gateway.core.exchange import Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.detect.detector import Occasion
from gateway.detect.runner import Detection
from gateway.flow.commands import Command, Detect, Judge
from gateway.flow.obligations import NONE, Changes, Material, Unmet, changes
from gateway.flow.stopwatch import Stopwatch
from gateway.policy.plan import Plan


@dataclass(slots=True)
class Judged:
    """A decision with what it was made from and what it asks for."""

    decision: Decision
    segments: Sequence[Segment]
    findings: Sequence[Finding]
    coverage: Sequence[Coverage]
    changes: Changes = NONE
    seen: Seen = UNSEEN
    """What policy saw beside all that, for the record."""


@dataclass(slots=True)
class Subject:
    """What is judged in one phase."""

    phase: Phase
    exchange: Exchange
    plan: Plan
    material: Material
    gaps: Sequence[Coverage]
    """Coverage that is known before any detector runs: parts that cannot be read."""

    readable: bool = True
    """False when the body could not be understood: then no planned check can have run."""

    request: Decision | None = None
    status: int = 0
    finish: str = ""

    @property
    def detectors(self) -> Sequence[str]:
        """The detectors that the plan wants in this phase."""
        return self.plan.detectors if self.phase == "request" else self.plan.response_detectors


Judging = Generator[Command, Any, Judged]
Detecting = Generator[Command, Any, Detection]


def judge(subject: Subject, clock: Stopwatch) -> Judging:
    """Detect, decide, and work out the changes; an obligation that cannot be met denies."""
    detection = yield from detect(subject, subject.material.segments, clock)
    return (yield from decide(subject, detection.findings, (*subject.gaps, *detection.coverage), clock))


def detect(subject: Subject, segments: Sequence[Segment], clock: Stopwatch) -> Detecting:
    """Run the planned detectors over segments."""
    if not subject.readable:
        return Detection((), _not_run(subject.detectors))
    if not segments or not subject.detectors:
        return Detection((), ())
    occasion = Occasion(subject.phase, subject.exchange.id)
    detection: Detection = yield Detect(
        segments, subject.detectors, subject.plan.deadline_ms / 1000, occasion
    )
    clock.lap("detect")
    return detection


def decide(
    subject: Subject, findings: Sequence[Finding], coverage: Sequence[Coverage], clock: Stopwatch
) -> Judging:
    """Decide about what was detected, and work out the changes."""
    segments = subject.material.segments
    seen = Seen(clock.elapsed() // 1000, subject.plan.installed, subject.status, subject.finish)
    decision: Decision = yield Judge(
        subject.phase,
        subject.exchange,
        subject.plan,
        segments,
        findings,
        coverage,
        subject.request,
        subject.status,
        subject.finish,
        subject.exchange.received_ms + seen.after_ms,
    )
    clock.lap("policy")
    change = NONE
    if decision.obligations and not decision.answer.stops:
        try:
            change = changes(decision, findings, subject.material)
        except Unmet as unmet:
            decision = denied(decision, unmet)
    return Judged(decision, segments, findings, coverage, change, seen)


def _not_run(detectors: Sequence[str]) -> tuple[Coverage, ...]:
    return tuple(Coverage("", detector, State.ERROR, "unreadable_body") for detector in detectors)


def denied(decision: Decision, unmet: Unmet) -> Decision:
    """Closed: what a rule wanted changed and cannot be changed is not released."""
    verdict = Verdict(
        rule="obligation.unmet",
        effect=Effect.DENY,
        reason=f"rule {unmet.obligation.rule} asked for a change that cannot be made here",
        findings=unmet.obligation.findings,
        params={"why": unmet.why},
    )
    return replace(
        decision,
        answer=Answer.DENY,
        verdicts=(verdict, *decision.verdicts),
        obligations=(),
    )
