"""``lictor evals list``."""

from pathlib import Path

import click

from evalsuites.commands.common import FOLDER, GATES, faults, suites_in
from evalsuites.harness.gates.gate import load_gates


@click.command("list")
@FOLDER
@GATES
def list_(root: Path, gates: Path) -> None:
    """Tell which suites there are, and how many gates judge each."""
    with faults():
        suites, file = suites_in(root), load_gates(gates)
    for suite in suites.values():
        judged = sum(gate.suite == suite.name for gate in file.gates)
        click.echo(f"{suite.name:<22} {len(suite.cases):>4} cases  {judged:>2} gates  {suite.title}")
