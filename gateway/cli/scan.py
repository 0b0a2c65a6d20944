"""``lictor scan``."""

import os
import sys
from pathlib import Path

import click

from gateway.cli.common import CONFIG, OK, USAGE, complaints, progress, say


@click.command()
@CONFIG
@click.option("--input", "source", required=True, help='JSON Lines {"id","text"}; - for stdin.')
@click.option("--output", "target", required=True, help="Where findings go; - for stdout.")
def scan(config: Path | None, source: str, target: str) -> None:
    """Run all detectors over a file of texts, the classifiers included where they are installed.

    Each line {"id","text"} gives one line {"id","findings","scores","coverage"}. Spans are
    character offsets into the text. A line that cannot be read gives {"id","line","error"} and
    exit code 2 at the end: there are always as many lines out as in.
    """
    from gateway.detect import default_detectors
    from gateway.detect.runner import Runner
    from gateway.detect.scan import scan_file
    from gateway.server.models import models
    from gateway.server.settings import Settings, load
    from gateway.server.validators import validators

    with complaints(), progress("scanning") as advance:
        settings = load(config) if config else Settings()
        installed = models(settings.classifiers, os.environ)
        summary = scan_file(
            Path(source),
            Path(target),
            Runner((*default_detectors(), *installed.detectors, *validators(settings.validators))),
            progress=lambda _, size: advance(size, _size(source)),
        )
        installed.close()
    for complaint in summary.complaints:
        say(f"{source}: {complaint}")
    say(f"{summary.lines} lines, {summary.findings} findings, {summary.malformed} unreadable")
    sys.exit(USAGE if summary.malformed else OK)


def _size(source: str) -> int:
    """How many bytes will be read; 0 where that cannot be known."""
    path = Path(source)
    return path.stat().st_size if path.is_file() and path.suffix != ".gz" else 0
