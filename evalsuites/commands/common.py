"""What the commands share: where suites and gates are, and how faults are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import click

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.suite import FILE, Suite, load_suite
from gateway.cli.common import USAGE, fail

HERE = Path(__file__).parents[1]
SUITES, GATES_FILE = HERE / "suites", HERE / "gates.yaml"

GATES = click.option(
    "--gates",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=GATES_FILE,
    help="Gate file; else the one that ships.",
)
FOLDER = click.option(
    "--suites",
    "root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=SUITES,
    help="Folder with suites in it; else the one that ships.",
)


def suites_in(root: Path) -> dict[str, Suite]:
    """Every suite below a folder, by name.

    Raises:
        UsageFault: one of them cannot be used, or there is none.
    """
    found = [load_suite(file.parent) for file in sorted(root.rglob(FILE))]
    if not found:
        raise UsageFault(str(root), f"there is no {FILE} in it")
    return {suite.name: suite for suite in found}


def today() -> date:
    """By universal time: a calibration is as old everywhere."""
    return datetime.now(UTC).date()


@contextmanager
def faults() -> Iterator[None]:
    """What the user can mend is said in one line."""
    try:
        yield
    except UsageFault as fault:
        fail(str(fault), USAGE)
