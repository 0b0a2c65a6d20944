"""``lictor evals controls``."""

import sys
from pathlib import Path

import click

from evalsuites.commands.common import FOLDER, GATES, faults, suites_in, today
from evalsuites.harness.gates.controls import controls as tried
from evalsuites.harness.gates.gate import load_gates
from evalsuites.harness.judging.standing import standings
from gateway.cli.common import FAILED, NOTHING, OK, fail, say


@click.command()
@FOLDER
@GATES
def controls(root: Path, gates: Path) -> None:
    """Prove that every gate can fail and can pass, on made-up results for its own cases.

    Gates against a baseline are tried against flawless results, those on a judge with its calibration.
    """
    with faults():
        file, suites = load_gates(gates), suites_in(root)
        found = list(tried(file, suites, standings(suites, file.gates, today())))
    if not found:
        fail("there is no gate to try", NOTHING)
    broken = [one for one in found if not one.works]
    for one in found:
        mark = "ok  " if one.works else "BAD "
        click.echo(f"{mark} {one.gate}: the worst results {one.worst}, flawless ones {one.best}")
    say(f"{len(found)} gates tried, {len(broken)} do not work")
    sys.exit(FAILED if broken else OK)
