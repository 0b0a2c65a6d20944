"""``lictor evals run``."""

import sys
from pathlib import Path

import click

from evalsuites.commands.common import SUITES
from gateway.cli.common import USAGE, fail


@click.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(arguments: tuple[str, ...]) -> None:
    r"""Run suites: pytest with the harness in it. ARGUMENTS are pytest's own.

    \b
    lictor evals run                        every suite that ships, from recordings
    lictor evals run -k over-refusal -n 2   some of them, in two processes
    lictor evals run --eval-mode live       against the model itself

    Exit codes: 0 every gate holds, 1 one does not, 2 usage, 3 too little evidence, 4 too many errors.
    """
    try:
        import pytest
    except ImportError:
        fail("pytest is not installed", USAGE)
    named = [one for one in arguments if Path(one.partition("::")[0]).exists()]
    # Asked for by name, since pytest may have been told to load no plugin by itself.
    plugin = ["-p", "evalsuites.harness.plugin"]
    # This command has imported a part of the plugin, so pytest cannot rewrite its assertions, and need not.
    quiet = ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    sys.exit(pytest.main([*plugin, *quiet, *arguments, *([] if named else [str(SUITES)])]))
