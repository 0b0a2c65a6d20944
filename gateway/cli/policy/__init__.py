"""``lictor policy``: one command a file."""

import click

from gateway.cli.policy.add import add
from gateway.cli.policy.attest import attest
from gateway.cli.policy.backtest import backtest
from gateway.cli.policy.build import build
from gateway.cli.policy.canary import canary
from gateway.cli.policy.check import check
from gateway.cli.policy.explain import explain
from gateway.cli.policy.init import init
from gateway.cli.policy.keygen import keygen
from gateway.cli.policy.promote import promote
from gateway.cli.policy.rollback import rollback
from gateway.cli.policy.schema import schema
from gateway.cli.policy.shadow import shadow
from gateway.cli.policy.shadow_report import shadow_report
from gateway.cli.policy.sign import sign
from gateway.cli.policy.status import status
from gateway.cli.policy.submit import submit
from gateway.cli.policy.test import test
from gateway.cli.policy.trace import trace
from gateway.cli.policy.verify import verify


@click.group()
def policy() -> None:
    """Write, check, test and release policy bundles."""


for _command in (
    add,
    attest,
    backtest,
    build,
    canary,
    check,
    explain,
    init,
    keygen,
    promote,
    rollback,
    schema,
    shadow,
    shadow_report,
    sign,
    status,
    submit,
    test,
    trace,
    verify,
):
    policy.add_command(_command)
