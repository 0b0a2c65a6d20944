"""``lictor policy``: one command a file."""

import click

from gateway.cli.policy.add import add
from gateway.cli.policy.backtest import backtest
from gateway.cli.policy.build import build
from gateway.cli.policy.check import check
from gateway.cli.policy.explain import explain
from gateway.cli.policy.init import init
from gateway.cli.policy.keygen import keygen
from gateway.cli.policy.schema import schema
from gateway.cli.policy.sign import sign
from gateway.cli.policy.test import test
from gateway.cli.policy.trace import trace
from gateway.cli.policy.verify import verify


@click.group()
def policy() -> None:
    """Write, check, test and release policy bundles."""


for _command in (add, backtest, build, check, explain, init, keygen, schema, sign, test, trace, verify):
    policy.add_command(_command)
