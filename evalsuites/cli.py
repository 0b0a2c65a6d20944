"""``lictor evals``: one command a file, in ``evalsuites/commands``."""

import click

from evalsuites.commands.attest import attest
from evalsuites.commands.bless import bless
from evalsuites.commands.calibrate import calibrate
from evalsuites.commands.compare import compare
from evalsuites.commands.controls import controls
from evalsuites.commands.import_ import import_
from evalsuites.commands.lint import lint
from evalsuites.commands.list import list_
from evalsuites.commands.prune import prune
from evalsuites.commands.run import run
from evalsuites.commands.track import track


@click.group()
def evals() -> None:
    """Judge a model, prompt or policy before it is released."""


for _command in (attest, bless, calibrate, compare, controls, import_, lint, list_, prune, run, track):
    evals.add_command(_command)
