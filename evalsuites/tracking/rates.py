"""Every metric of a run in one number, with its interval."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from evalsuites.harness.result import Result, values
from evalsuites.harness.statistics.intervals import Interval, wilson
from evalsuites.harness.statistics.resampling import bootstrap, by_case


@dataclass(frozen=True, slots=True)
class Rate:
    """One metric of one suite."""

    suite: str
    metric: str
    cases: int
    estimate: float
    interval: Interval
    """At 95 %."""

    passes: bool
    """Whether it is the share of cases that pass in every epoch (Wilson); else a mean (bootstrap)."""

    @property
    def name(self) -> str:
        """Names it in the run."""
        return f"{self.suite}/{self.metric}"


def rates(results: Sequence[Result]) -> Iterator[Rate]:
    """The rates of a run, sorted by suite and metric. What was not measured is in none."""
    for suite, metric in sorted({(one.suite, name) for one in results for name in one.scores}):
        found = values((one for one in results if one.suite == suite), metric)
        if found:
            yield _rate(suite, metric, found)


def _rate(suite: str, metric: str, found: dict[str, list[float]]) -> Rate:
    n = len(found)
    if all(value in {0.0, 1.0} for case in found.values() for value in case):
        passed = sum(min(case) == 1.0 for case in found.values())
        return Rate(suite, metric, n, passed / n, wilson(passed, n), passes=True)
    means = list(by_case(found).values())
    return Rate(suite, metric, n, fmean(means), bootstrap(means), passes=False)
