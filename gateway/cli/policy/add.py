"""``lictor policy add``."""

import sys
from pathlib import Path

import click

from gateway.cli.common import FAILED, OK, complaints, say


@click.command()
@click.argument("pack")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
def add(pack: str, directory: Path) -> None:
    """Copy a policy PACK into the bundle in DIRECTORY, or bring it up to date there.

    PACK is a pack's name, or baseline or lib. Files that were edited stay as they are: where the shipped one
    has changed too, it is written beside it with .new at its end, and the exit code is 1.
    """
    from gateway.policy.scaffold.lock import read_lock
    from gateway.policy.scaffold.vendor import vendor

    with complaints():
        lock = read_lock(directory)
        changes = vendor(directory, pack, lock)
        lock.write(directory)
    for change in changes:
        if change.fate != "unchanged":
            click.echo(f"{change.fate:<12} {change.file}")
    conflicts = sum(change.fate == "conflict" for change in changes)
    same = sum(change.fate == "unchanged" for change in changes)
    say(f"{pack}: {same} files as before, {len(changes) - same} told of, {conflicts} in conflict")
    sys.exit(FAILED if conflicts else OK)
