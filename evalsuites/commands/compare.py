"""``lictor evals compare``."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean

import click

from evalsuites.commands.common import faults
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.reporting.run import read
from evalsuites.harness.result import Result, values
from evalsuites.harness.statistics.multiplicity import holm
from evalsuites.harness.statistics.paired import drop_interval, mcnemar_midp, pairs
from evalsuites.harness.statistics.resampling import bootstrap, differences, permutation
from gateway.cli.common import FAILED, NOTHING, OK, fail

_SHOWN = 20
_RUN = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.argument("a", type=_RUN)
@click.argument("b", type=_RUN)
@click.option("--alpha", default=0.05, show_default=True, help="Up to which corrected p-value B is worse.")
def compare(a: Path, b: Path, alpha: float) -> None:
    """Compare run B with run A: a paired test for each metric, and the cases that flipped.

    Exit code 1 where a metric that passes or fails is worse in B (one-sided mid-p McNemar, Holm's
    correction); 3 where the runs share no metric.
    """
    with faults():
        before, after = read(a)[1], read(b)[1]
        found = [_compared(*one, before, after) for one in _metrics(before, after)]
    lines, tests = [line for line, _, _ in found], {name: p for _, name, p in found if p is not None}
    if not lines:
        fail("the runs share no case of one metric", NOTHING)
    worse = sorted(name for name, p in holm(tests).items() if p <= alpha)
    for line in lines:
        click.echo(line)
    click.echo(f"worse: {', '.join(worse) or 'nothing that can be shown'}")
    sys.exit(FAILED if worse else OK)


def _metrics(before: Sequence[Result], after: Sequence[Result]) -> Iterator[tuple[str, str]]:
    """Suites and metrics that both runs have."""
    one, two = (
        {(result.suite, metric) for result in run for metric in result.scores} for run in (before, after)
    )
    return iter(sorted(one & two))


def _compared(
    suite: str, metric: str, before: Sequence[Result], after: Sequence[Result]
) -> tuple[str, str, float | None]:
    name = f"{suite}/{metric}"
    one, two = (values([x for x in run if x.suite == suite], metric) for run in (before, after))
    shared = sorted(one.keys() & two.keys())
    if not shared:
        raise UsageFault(name, "the runs share no case")
    if any(value not in {0.0, 1.0} for run in (one, two) for case in shared for value in run[case]):
        return _graded(name, one, two)
    counts = pairs((min(one[case]) == 1, min(two[case]) == 1) for case in shared)
    drop, p = drop_interval(counts), mcnemar_midp(counts.lost, counts.gained)
    line = (
        f"{name}: {counts.total} cases, {counts.lost} lost, {counts.gained} gained; "
        f"the rate fell by {100 * counts.drop:.1f} points "
        f"({100 * drop.low:.1f} to {100 * drop.high:.1f}), p {p:.3g}"
    )
    flips = [
        f"  {'lost' if min(two[case]) < 1 else 'gained'}: {case}"
        for case in shared
        if min(one[case]) != min(two[case])
    ]
    more = [f"  and {len(flips) - _SHOWN} more"] if len(flips) > _SHOWN else []
    return "\n".join([line, *flips[:_SHOWN], *more]), name, p


def _graded(
    name: str, one: dict[str, list[float]], two: dict[str, list[float]]
) -> tuple[str, str, float | None]:
    """A score has no better side of its own: the change is told, and nobody is called worse."""
    changes = differences(one, two)
    interval = bootstrap(changes)
    p = min(permutation(changes), permutation([-change for change in changes]))
    line = (
        f"{name}: {len(changes)} cases, the mean changed by {fmean(changes):+.4f} "
        f"({interval.low:+.4f} to {interval.high:+.4f}), p {min(1.0, 2 * p):.3g}"
    )
    return line, name, None
