"""``lictor policy test``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.common import BUNDLE, FAILED, NOTHING, OK, complaints, progress, say
from gateway.cli.policy.shares import share

if TYPE_CHECKING:
    from gateway.cli.policy.reporting import Report


@click.command()
@BUNDLE
@click.option("--run", "pattern", default="", help="Only tests whose name contains this.")
@click.option("-v", "--verbose", is_flag=True, help="Name every test, not only the failed ones.")
@click.option("--coverage", is_flag=True, help="Was each rule true in some test, and false in another?")
@click.option("--min-coverage", type=share, metavar="SHARE", help="Fail below this, such as 100%.")
@click.option("--mutate", is_flag=True, help="Change every setting and comparison: do the tests notice?")
@click.option("--mutate-min", type=share, metavar="SHARE", help="Fail if fewer are noticed.")
@click.option(
    "--leave", multiple=True, metavar="GLOB", help="Settings not to change, such as 'settings.models.*'."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML here.")
def test(
    bundle: Path | None,
    pattern: str,
    *,
    verbose: bool,
    coverage: bool,
    min_coverage: float | None,
    mutate: bool,
    mutate_min: float | None,
    leave: tuple[str, ...],
    as_json: bool,
    junit: Path | None,
) -> None:
    """Run a bundle's tests: the test_ rules of *_test.rego files and the YAML cases below cases/.

    No test found is exit code 3, never a success.
    """
    from gateway.cli.policy.reporting import document, junit_xml
    from gateway.policy.shipped import baseline

    root = bundle or baseline()
    wanted = {"coverage": min_coverage, "mutation": mutate_min}
    least = {name: share for name, share in wanted.items() if share is not None}
    with complaints():
        report = _run(root, pattern, leave, least, cover=coverage or "coverage" in least, mutate=mutate)
        if junit is not None:
            junit.write_text(junit_xml(report), "utf-8")
    if as_json:
        click.echo(document(report))
    else:
        for line in _lines(report, root, verbose=verbose):
            click.echo(line)
    _summary(report)
    sys.exit(NOTHING if not report.results else OK if report.passed else FAILED)


def _run(
    root: Path,
    pattern: str,
    leave: tuple[str, ...],
    least: dict[str, float],
    *,
    cover: bool,
    mutate: bool,
) -> "Report":
    from gateway.cli.policy.exchanging import Exchanges
    from gateway.cli.policy.reporting import Report
    from gateway.policy.bundle import load
    from gateway.policy.mutants import mutate as mutated
    from gateway.policy.probe import Probe
    from gateway.policy.rule_coverage import rule_coverage
    from gateway.policy.suite import suite

    bundle, tests = load(root), suite(root, pattern, Exchanges())
    results = tuple(tests.run(Probe(bundle, tests.modules)))
    covered = rule_coverage(bundle, tests) if cover else None
    mutation = None
    if (mutate or "mutation" in least) and all(result.passed for result in results):
        with progress("changing one thing at a time") as advance:
            mutation = mutated(bundle, tests, leave, advance)
    return Report(results, covered, mutation, least)


def _lines(report: "Report", root: Path, *, verbose: bool) -> Iterator[str]:
    from gateway.policy.rule_coverage import told

    for result in report.results if verbose else report.failed:
        test_ = result.test
        mark = "ok  " if result.passed else "FAIL"
        first = f" {result.differences[0]}" if len(result.differences) == 1 else ""
        yield f"{mark} {test_.file}:{test_.line} {test_.name}{first}"
        yield from (f"       {difference}" for difference in result.differences if not first)
    if report.coverage is not None:
        yield from told(report.coverage, root)
    if report.mutation is not None:
        yield from (f"not noticed: {mutant}" for mutant in report.mutation.survivors)


def _summary(report: "Report") -> None:
    say(f"{len(report.results) - len(report.failed)} passed, {len(report.failed)} failed")
    if report.coverage is not None:
        clauses = len(report.coverage.clauses)
        say(f"coverage: {report.coverage.share:.1%} of {clauses} clauses both true and false")
    if report.mutation is None and "mutation" in report.wanted:
        say("mutation: not tried, since tests fail as it is")
    if report.mutation is not None:
        noticed = report.mutation.tried - len(report.mutation.survivors)
        say(f"mutation: {noticed} of {report.mutation.tried} changes noticed ({report.mutation.share:.1%})")
