"""``lictor policy``: one command a file."""

import click

from gateway.cli.policy.backtest import backtest
from gateway.cli.policy.check import check
from gateway.cli.policy.test import test


@click.group()
def policy() -> None:
    """Write, check, test and release policy bundles."""


for _command in (backtest, check, test):
    policy.add_command(_command)
