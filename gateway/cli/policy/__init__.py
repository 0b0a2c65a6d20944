"""``lictor policy``: one command a file."""

import click

from gateway.cli.policy.build import build
from gateway.cli.policy.check import check
from gateway.cli.policy.keygen import keygen
from gateway.cli.policy.sign import sign
from gateway.cli.policy.test import test
from gateway.cli.policy.verify import verify


@click.group()
def policy() -> None:
    """Write, check, test and release policy bundles."""


for _command in (build, check, keygen, sign, test, verify):
    policy.add_command(_command)
