"""``lictor audit``: one command a file."""

import click

from gateway.cli.audit.check_proof import check_proof
from gateway.cli.audit.export import export
from gateway.cli.audit.page import page
from gateway.cli.audit.proof import proof
from gateway.cli.audit.verify import verify


@click.group()
def audit() -> None:
    """Verify the decision log, export it, and hand out proofs from it."""


for _command in (verify, proof, check_proof, page, export):
    audit.add_command(_command)
