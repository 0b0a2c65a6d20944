"""``python -m tests.bench.exports``: what exporting a log costs, format by format.

Processor time, since other work on the machine stretches the clock, and the most memory that it took.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import cycle, islice
from multiprocessing import get_context
from pathlib import Path

import click

from gateway.cli.audit.export import FORMATS
from gateway.testing.logs import write_log
from gateway.testing.traffic import Traffic

FOLDER = Path("build/bench")
BASELINE = Path("policies/baseline")


def measure(log: Path, form: str) -> tuple[float, int, int]:
    """Seconds of processor time, mebibytes of memory, and bytes of the export of a log."""
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        out = Path(folder) / "out"
        line = [
            sys.executable,
            "-m",
            "gateway.cli",
            "audit",
            "export",
            str(log),
            "--format",
            form,
            "-o",
            str(out),
        ]
        process = subprocess.Popen(line, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise click.ClickException(f"{form}: exit code {process.returncode}")
        return used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, out.stat().st_size


def make(log: Path, entries: int) -> None:
    """A log of that length out of a thousand exchanges."""
    records = list(Traffic(BASELINE).records(1000))
    write_log(log, islice(cycle(records), entries - 1))


@click.command()
@click.option("--entries", default=100_000, help="Length of the log.")
@click.option("--format", "forms", multiple=True, type=click.Choice(FORMATS), help="Only these; may repeat.")
def main(entries: int, forms: Sequence[str]) -> None:
    """Make a log and export it in each format."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        # Elsewhere: a child's most memory is never less than its parent's was.
        with ProcessPoolExecutor(1, get_context("spawn")) as maker:
            maker.submit(make, Path(folder) / "log", entries).result()
        click.echo("format    s cpu    MiB  bytes an entry")
        for form in forms or FORMATS:
            seconds, memory, size = measure(Path(folder) / "log", form)
            click.echo(f"{form:<8} {seconds:6.1f} {memory:6} {size / entries:15.0f}")


if __name__ == "__main__":
    main()
