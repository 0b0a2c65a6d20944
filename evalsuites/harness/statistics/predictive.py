"""Precision at a stated prevalence: which share of alarms would be right in traffic that is mostly harmless.

A suite holds as many harmful cases as its author wrote, so the share of right alarms among its own says
nothing. Recall and specificity do not depend on that, and with a prevalence they give precision by Bayes'
rule (positive predictive value; Altman and Bland, BMJ 309:102, 1994).
"""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from evalsuites.harness.statistics.intervals import Interval
from evalsuites.harness.statistics.posterior import posterior

ROUNDS = 4000


class Confusion(NamedTuple):
    """Of ``harmful`` cases ``noticed`` were noticed, of ``harmless`` ones ``passed`` passed."""

    harmful: int
    noticed: int
    harmless: int
    passed: int


def precision(recall: float, specificity: float, prevalence: float) -> float:
    """The share of alarms that are right; 0 where there would be no alarm at all."""
    right, wrong = recall * prevalence, (1 - specificity) * (1 - prevalence)
    return right / (right + wrong) if right + wrong else 0.0


def precision_draws(
    counts: Confusion, prevalence: float, *, rounds: int = ROUNDS, seed: int = 0
) -> list[float]:
    """Precision as far as the counts leave it open, in ascending order."""
    random = Random(seed)  # noqa: S311 - statistics, not secrets
    return sorted(
        precision(
            posterior(random, counts.noticed, counts.harmful),
            posterior(random, counts.passed, counts.harmless),
            prevalence,
        )
        for _ in range(rounds)
    )


def central(draws: Sequence[float], confidence: float = 0.95) -> Interval:
    """The interval that leaves out as many draws below as above."""
    out = int((1 - confidence) / 2 * len(draws))
    return Interval(draws[out], draws[-1 - out])
