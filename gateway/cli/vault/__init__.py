"""``lictor vault``: one command a file."""

import click

from gateway.cli.vault.erase import erase
from gateway.cli.vault.read import read
from gateway.cli.vault.status import status


@click.group()
def vault() -> None:
    """Read and erase the bodies that policy has let into the content vault."""


for _command in (erase, read, status):
    vault.add_command(_command)
