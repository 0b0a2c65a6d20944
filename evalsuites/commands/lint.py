"""``lictor evals lint``."""

import subprocess
import sys
import tempfile
from pathlib import Path

import click

from evalsuites.commands.common import FOLDER, GATES, faults, suites_in, today
from evalsuites.harness.builtin import BUILT_IN
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.gates.gate import GateFile, load_gates
from evalsuites.harness.gates.weakened import weakened
from evalsuites.harness.judging.standing import standings
from evalsuites.harness.metrics.registry import metric_of
from evalsuites.harness.suite import Suite
from gateway.cli.common import FAILED, OK, say


@click.command()
@FOLDER
@GATES
@click.option("--against", metavar="COMMIT", help="Name every gate that asks less than in this commit.")
def lint(root: Path, gates: Path, against: str | None) -> None:
    """Read suites and gates as a run would, and name what is wrong or became weaker."""
    with faults():
        suites, file = suites_in(root), load_gates(gates)
        standings(suites, file.gates, today())  # ends in a fault where a judge cannot be used
        complaints = [*_metrics(suites), *_unjudged(file, suites)]
        if against:
            before = _before(gates, against)
            complaints += map(str, weakened(before, file) if before else ())
    for complaint in complaints:
        click.echo(complaint)
    say(f"{len(suites)} suites, {len(file.gates)} gates: complaints: {len(complaints)}")
    sys.exit(FAILED if complaints else OK)


def _metrics(suites: dict[str, Suite]) -> list[str]:
    """Metrics that cannot be loaded end in a fault; there are no complaints."""
    for suite in suites.values():
        for use in suite.metrics:
            metric_of(use, str(suite.root), suite.root)
    return []


def _unjudged(file: GateFile, suites: dict[str, Suite]) -> list[str]:
    """Gates that would never say anything."""
    found = []
    for gate in file.gates:
        suite = suites.get(gate.suite)
        if suite is None:
            found.append(f"{gate.id}: there is no suite `{gate.suite}`")
        elif gate.metric not in {use.name for use in suite.metrics} | BUILT_IN.keys():
            found.append(f"{gate.id}: the suite `{gate.suite}` has no metric `{gate.metric}`")
    return found


def _before(gates: Path, commit: str) -> GateFile | None:
    """The gate file as a commit has it; None where it was not there yet.

    Raises:
        UsageFault: there is no such commit, or no repository.
    """
    place = str(gates.resolve().parent)
    if _git(place, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}") is None:
        raise UsageFault(commit, "there is no such commit")
    text = _git(place, "show", f"{commit}:./{gates.name}")
    if text is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, gates.name)
        file.write_bytes(text)
        return load_gates(file)


def _git(place: str, *arguments: str) -> bytes | None:
    command = ["git", "-C", place, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - no shell in between
    except OSError as error:
        raise UsageFault("git", str(error)) from None
    return done.stdout if done.returncode == 0 else None
