"""The matter: everything that policy decides about in one phase of an exchange."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.decision import Decision, Phase
from gateway.core.exchange import Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.policy.facts import Digest, Facts, facts
from gateway.policy.plan import Plan


@dataclass(slots=True)
class Matter:
    """What one decision is about."""

    phase: Phase
    exchange: Exchange
    plan: Plan
    segments: Sequence[Segment]
    findings: Sequence[Finding]
    coverage: Sequence[Coverage]
    request: Decision | None = None
    """The request phase's decision, when this is the response phase."""

    status: int = 0
    """The upstream's HTTP status, in the response phase."""

    finish: str = ""
    """The model's finish reason, in the response phase."""

    now_ms: int | None = None
    """The time that rules see, milliseconds since the Unix epoch; the same that is recorded. None is now."""

    @property
    def covered(self) -> tuple[Coverage, ...]:
        """The coverage, and planned checks that nobody reported on."""
        return (*self.coverage, *gaps(self.segments, self.coverage, self.plan.of(self.phase)))

    def facts(self, coverage: Sequence[Coverage], digest: Digest | None, now_ms: int) -> Facts:
        """What rules read of it."""
        return facts(
            self.phase, self.exchange, self.segments, self.findings, coverage, digest, now_ms,
            request=self.request, response={"status": self.status, "finish": self.finish},
        )  # fmt: skip


def gaps(
    segments: Sequence[Segment], coverage: Sequence[Coverage], planned: Sequence[str]
) -> tuple[Coverage, ...]:
    """Planned checks that nobody reported on, as coverage that says so."""
    told = {(entry.segment, entry.detector) for entry in coverage}
    return tuple(
        Coverage(segment.id, detector, State.NOT_RUN, "not_reported")
        for segment in segments
        for detector in planned
        if (segment.id, detector) not in told and (segment.id, "*") not in told
    )
