"""``lictor evals bless``."""

import json
from pathlib import Path

import click

from evalsuites.commands.common import FOLDER, faults, suites_in
from evalsuites.harness.baseline import bless as blessed
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.reporting.run import read


@click.command()
@click.argument("suite")
@click.option("--by", required=True, help="Who answers for it.")
@click.option("--reason", required=True, help="Why these results are good enough to compare with.")
@click.option("--run", "folder", type=click.Path(path_type=Path), default=Path("var/evals"), help="The run.")
@FOLDER
def bless(suite: str, by: str, reason: str, folder: Path, root: Path) -> None:
    """Make the results of a run what later runs of SUITE are compared with.

    Writes `baseline.json` beside the suite, to be committed. Results of cases that changed since are refused.
    """
    with faults():
        suites = suites_in(root)
        if suite not in suites:
            raise UsageFault(suite, f"there is no such suite; there are {', '.join(suites)}")
        manifest, results = read(folder)
        if manifest["suites"].get(suite) != suites[suite].digest:
            raise UsageFault(str(folder), f"this is no run of `{suite}` as it is now")
        path = blessed(suites[suite], results, by=by, reason=reason, manifest=manifest)
    count = len(json.loads(path.read_text("utf-8"))["results"])
    click.echo(f"{path}: {count} results, blessed by {by}")
