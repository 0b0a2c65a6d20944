"""``lictor policy check``."""

import sys
from pathlib import Path

import click

from gateway.cli.common import BUNDLE, FAILED, OK, complaints, say


@click.command()
@BUNDLE
def check(bundle: Path | None) -> None:
    """Validate a bundle; every complaint names file, line and rule.

    Without BUNDLE, the baseline that ships with the package is checked.
    """
    from gateway.policy.baseline import baseline
    from gateway.policy.check import check as checked

    with complaints():
        root = bundle or baseline()
        found = checked(root)
    for complaint in found:
        click.echo(str(complaint))
    say(f"{root}: complaints: {len(found)}" if found else f"{root}: in order")
    sys.exit(FAILED if found else OK)
