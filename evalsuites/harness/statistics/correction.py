"""Rates as an imperfect judge reports them, and what they really are."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from evalsuites.harness.statistics.intervals import Interval
from evalsuites.harness.statistics.posterior import posterior

ROUNDS = 4000


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
    rounds: int = ROUNDS,
    seed: int = 0,
) -> Interval:
    """Interval of the corrected rate, with the doubt about the judge in it.

    The three rates are drawn from their posteriors under Jeffreys' prior; rounds in which the judge would
    be no better than chance say nothing, and so allow anything.
    """
    drawn = list(_drawn(passed, trials, judge, rounds, seed))
    tail = int((1 - confidence) / 2 * rounds)
    return Interval(sorted(one.low for one in drawn)[tail], sorted(one.high for one in drawn)[-1 - tail])


def corrected_alarm(  # noqa: PLR0913 - as above
    passed: int,
    trials: int,
    judge: Calibration,
    *,
    least: float | None = None,
    most: float | None = None,
    rounds: int = ROUNDS,
    seed: int = 0,
) -> float:
    """How far the corrected rate being at least ``least``, or at most ``most``, is still to be believed.

    The share of the draws of :func:`corrected_interval` in which it is; never 0, and used as a p-value. The
    tests simulate how often it is small although the rate is just what it must be.
    """
    held = sum(
        one.high >= least if least is not None else one.low <= (1.0 if most is None else most)
        for one in _drawn(passed, trials, judge, rounds, seed)
    )
    return (held + 1) / (rounds + 1)


def _drawn(passed: int, trials: int, judge: Calibration, rounds: int, seed: int) -> Iterator[Interval]:
    random = Random(seed)  # noqa: S311 - statistics, not secrets
    for _ in range(rounds):
        rate = posterior(random, passed, trials)
        tpr, tnr = (
            posterior(random, judge.passed, judge.positives),
            posterior(random, judge.failed, judge.negatives),
        )
        known = tpr + tnr > 1
        point = rogan_gladen(rate, tpr, tnr) if known else 0.0
        yield Interval(point, point) if known else Interval(0.0, 1.0)
