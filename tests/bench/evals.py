"""``python -m tests.bench.evals``: how long release gates take over recorded answers.

Records what a scripted model says to so many questions, and has ``pytest`` judge them by replay, without
policy and with the baseline. Processor time is that of a run in one process, less that of a run of one case:
harness and gateway together, since other work on the machine stretches the clock.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import click

from tests.evalsuites import recorded

FOLDER = Path("build/bench")
GOVERNED = recorded.SETTINGS.replace("[policy]\nenabled = false\n", "").replace(
    "[audit]\nenabled = false", '[audit]\npath = "audit"'
)


def replay(folder: Path, settings: str, *options: str) -> tuple[float, float]:
    """Seconds of a whole run, start and reports included, and its seconds of processor time."""
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder / "suites"), *options]
    own = {"gates": "gates.yaml", "config": settings, "recordings": "recordings", "out": "out"}
    line += [f"--eval-{name}={folder / file}" for name, file in own.items()]
    path = os.pathsep.join([str(Path.cwd()), os.environ.get("PYTHONPATH", "")])
    began, used = time.perf_counter(), _processor()
    done = subprocess.run(
        line, cwd=folder, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode not in {0, 3}:  # one case alone shows nothing
        raise click.ClickException(f"exit code {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-999:]}")
    return time.perf_counter() - began, _processor() - used


def _processor() -> float:
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(folder: Path, settings: str, cases: int) -> str:
    """One line of the table."""
    two, _ = replay(folder, settings, "-n", "2")
    one, used = replay(folder, settings)
    start, idle = replay(folder, settings, "-k", "c0")
    return f"{two:11.1f} {one:12.1f} {start:8.1f} {(used - idle) / (cases - 1) * 1000:20.2f}"


@click.command()
@click.option("--cases", default=10_000, type=click.IntRange(2), help="How many questions.")
def main(cases: int) -> None:
    """Record, and replay."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER.resolve()) as name:
        folder = Path(name)
        recorded.write(folder, cases)
        recorded.record(folder)
        (folder / "governed.toml").write_text(GOVERNED)
        click.echo(f"{cases:,} cases; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        click.echo("policy   2 workers s  1 process s  start s  processor ms a case")
        for label, settings in (("none", "lictor.toml"), ("baseline", "governed.toml")):
            click.echo(f"{label:<8}{measure(folder, settings, cases)}")


if __name__ == "__main__":
    main()
