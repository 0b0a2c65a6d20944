"""``lictor evals``: one command a file, in ``evalsuites/commands``."""

import click

from evalsuites.commands.bless import bless
from evalsuites.commands.calibrate import calibrate
from evalsuites.commands.compare import compare
from evalsuites.commands.controls import controls
from evalsuites.commands.lint import lint
from evalsuites.commands.list import list_
from evalsuites.commands.run import run


@click.group()
def evals() -> None:
    """Judge a model, prompt or policy before it is released."""


for _command in (bless, calibrate, compare, controls, lint, list_, run):
    evals.add_command(_command)
