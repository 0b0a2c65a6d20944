"""``lictor policy test``."""

import sys
from pathlib import Path

import click

from gateway.cli.common import BUNDLE, FAILED, NOTHING, OK, complaints, say


@click.command()
@BUNDLE
@click.option("--run", "pattern", default="", help="Only tests whose name contains this.")
@click.option("-v", "--verbose", is_flag=True, help="Name every test, not only the failed ones.")
def test(bundle: Path | None, pattern: str, *, verbose: bool) -> None:
    """Run the test_ rules of a bundle's *_test.rego files.

    No test found is exit code 3, never a success.
    """
    from gateway.policy.baseline import baseline
    from gateway.policy.rego_tests import run_tests

    with complaints():
        results = run_tests(bundle or baseline(), pattern)
    failed = [result for result in results if not result.passed]
    for result in results if verbose else failed:
        mark = "ok  " if result.passed else "FAIL"
        click.echo(f"{mark} {result.file}:{result.line} {result.name} {result.error or ''}".rstrip())
    say(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    sys.exit(NOTHING if not results else FAILED if failed else OK)
