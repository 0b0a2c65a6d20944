"""What changes from one bundle to another, as a report says it: of a backtest, and of a shadow."""

from collections.abc import Iterator
from typing import Any

from gateway.core.decision import Answer
from gateway.policy.compare import Kind
from gateway.policy.flips import FlipMatrix, Tally

Json = dict[str, Any]
ANSWERS = sorted(Answer, key=lambda answer: answer.weight)
MOST_STRATA = 50
"""Of each dimension, the largest."""


def changes(tally: Tally, unit: str) -> Json:
    """The whole, its strata and the responsible rules; ``unit`` is what was counted, in the plural."""
    return {unit: matrix(tally.whole), "strata": list(_strata(tally)), "rules": _rules(tally)}


def matrix(flips: FlipMatrix) -> Json:
    """Counts and the shares that matter."""
    return {
        **flips.to_json(),
        "total": flips.total,
        "compared": flips.compared,
        "flipped": share(flips, flips.flipped),
        "newly_stopped": share(flips, flips.newly_stopped),
        "newly_released": share(flips, flips.newly_released),
        "unknown": [flips.kinds[Kind.UNKNOWN], *flips.share_of(Kind.UNKNOWN)],
    }


def share(flips: FlipMatrix, hits: int) -> list[float]:
    """Count, low, share, high; of what was compared."""
    return [hits, *flips.share(hits)]


def _strata(tally: Tally) -> Iterator[Json]:
    for dimension in ("tenant", "route", "model"):
        ours = {name: flips for (each, name), flips in tally.strata.items() if each == dimension}
        order = sorted(ours, key=lambda name: (-ours[name].total, name))
        for name in order[:MOST_STRATA]:
            yield {"dimension": dimension, "name": name, **matrix(ours[name])}


def _rules(tally: Tally) -> list[Json]:
    return [
        {"rule": rule, "kind": kind.value, "share": share(tally.whole, count)}
        for (rule, kind), count in sorted(tally.rules.items(), key=lambda item: (-item[1], item[0]))
    ]
