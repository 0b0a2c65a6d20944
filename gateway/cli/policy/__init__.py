"""``lictor policy``: one command a file."""

import click

from gateway.cli.policy.build import build
from gateway.cli.policy.check import check
from gateway.cli.policy.test import test


@click.group()
def policy() -> None:
    """Write, check, test and release policy bundles."""


for _command in (build, check, test):
    policy.add_command(_command)
