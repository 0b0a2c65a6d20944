"""``lictor policy``: one command a file."""

import click

from gateway.cli.policy.canary import canary
from gateway.cli.policy.check import check
from gateway.cli.policy.promote import promote
from gateway.cli.policy.rollback import rollback
from gateway.cli.policy.shadow import shadow
from gateway.cli.policy.shadow_report import shadow_report
from gateway.cli.policy.status import status
from gateway.cli.policy.submit import submit
from gateway.cli.policy.test import test


@click.group()
def policy() -> None:
    """Write, check, test and release policy bundles."""


for _command in (check, test, submit, shadow, shadow_report, canary, promote, rollback, status):
    policy.add_command(_command)
