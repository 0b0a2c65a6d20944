"""Budgets of a rollout: how much a candidate may differ, fail and cost before it is taken back.

What was seen is a value that adds up, so numbers of several workers can be put together. A budget is
exceeded only where the lower end of a 95 % Wilson interval is above it: little traffic proves little.
"""

from dataclasses import dataclass

from gateway.policy.statistics import wilson


@dataclass(frozen=True, slots=True)
class Budgets:
    """What a candidate may cost. Rates are shares of what was judged."""

    divergence: float = 1.0
    """Share of judgements in which the candidate answers otherwise; 1 is no limit."""

    errors: float = 0.01
    """Share of judgements that end in ``error_closed``, above the share that the enforced revision has."""

    latency: float = 0.0
    """Mean time of a judgement in the canary, as a multiple of the enforced revision's; 0 is no limit."""

    least: int = 200
    """Fewer judgements than this prove nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one revision."""

    judged: int = 0
    diverged: int = 0
    errors: int = 0
    micros: int = 0
    """Time of all judgements together."""

    def __add__(self, other: "Seen") -> "Seen":
        """Both together."""
        return Seen(
            self.judged + other.judged,
            self.diverged + other.diverged,
            self.errors + other.errors,
            self.micros + other.micros,
        )

    @property
    def mean(self) -> float:
        """Microseconds of one judgement; 0 where there was none."""
        return self.micros / self.judged if self.judged else 0.0


def exceeded(budgets: Budgets, candidate: Seen, enforced: Seen) -> str:
    """Which budget the candidate exceeds, as a sentence; empty where it keeps them all."""
    if candidate.judged < budgets.least:
        return ""
    normal = enforced.errors / enforced.judged if enforced.judged else 0.0
    if (low := wilson(candidate.errors, candidate.judged).low) > budgets.errors + normal:
        return _sentence("errors", candidate.errors, candidate.judged, low, budgets.errors)
    if (low := wilson(candidate.diverged, candidate.judged).low) > budgets.divergence:
        return _sentence("divergence", candidate.diverged, candidate.judged, low, budgets.divergence)
    compared = budgets.latency and enforced.judged >= budgets.least
    if compared and candidate.mean > budgets.latency * enforced.mean:
        ratio = candidate.mean / enforced.mean if enforced.mean else float("inf")
        return f"latency: {ratio:.1f} times the enforced revision's, where {budgets.latency:g} is allowed"
    return ""


def _sentence(what: str, hits: int, judged: int, low: float, budget: float) -> str:
    return f"{what}: {hits} of {judged}, at least {low:.2%}, where {budget:.2%} is allowed"
