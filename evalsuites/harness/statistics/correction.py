"""Rates as an imperfect judge reports them, and what they really are."""

from random import Random
from typing import NamedTuple

from evalsuites.harness.statistics.intervals import Interval


class Calibration(NamedTuple):
    """A judge against people: of ``positives`` that people passed it passed ``passed``, and so on."""

    positives: int
    passed: int
    negatives: int
    failed: int

    @property
    def tpr(self) -> float:
        """Share of what people pass that the judge passes."""
        return self.passed / self.positives

    @property
    def tnr(self) -> float:
        """Share of what people fail that the judge fails."""
        return self.failed / self.negatives

    @property
    def informative(self) -> bool:
        """False where the judge does no better than a coin: then nothing can be corrected."""
        return self.tpr + self.tnr > 1


def rogan_gladen(rate: float, tpr: float, tnr: float) -> float:
    """The true rate behind an apparent one (Am J Epidemiol 107, 1978), within 0 and 1."""
    if tpr + tnr <= 1:
        raise ValueError("the judge is no better than chance: its rate cannot be corrected")
    return min(1.0, max(0.0, (rate + tnr - 1) / (tpr + tnr - 1)))


def corrected_interval(  # noqa: PLR0913 - two counts, the judge, and how to resample
    passed: int,
    trials: int,
    judge: Calibration,
    confidence: float = 0.95,
    *,
    rounds: int = 4000,
    seed: int = 0,
) -> Interval:
    """Interval of the corrected rate, with the doubt about the judge in it.

    The three rates are drawn from their posteriors under Jeffreys' prior; rounds in which the judge would
    be no better than chance say nothing, and so allow anything.
    """
    random = Random(seed)  # noqa: S311 - statistics, not secrets
    drawn: list[Interval] = []
    for _ in range(rounds):
        rate = _posterior(random, passed, trials)
        tpr, tnr = (
            _posterior(random, judge.passed, judge.positives),
            _posterior(random, judge.failed, judge.negatives),
        )
        known = tpr + tnr > 1
        point = rogan_gladen(rate, tpr, tnr) if known else 0.0
        drawn.append(Interval(point, point) if known else Interval(0.0, 1.0))
    tail = int((1 - confidence) / 2 * rounds)
    return Interval(sorted(one.low for one in drawn)[tail], sorted(one.high for one in drawn)[-1 - tail])


def _posterior(random: Random, successes: int, trials: int) -> float:
    return random.betavariate(successes + 0.5, trials - successes + 0.5)
