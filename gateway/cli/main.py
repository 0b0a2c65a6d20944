"""The command line.

Exit codes, the same for every command:

    0   done, and what was checked is in order
    1   what was checked is not in order (a policy complaint, a failed rule test, a tampered log)
    2   wrong usage or settings, or input that cannot be read
    3   nothing to decide on (no tests found, no such decision, a log without its quorum or with warnings
        under --strict, an export that did not arrive)
"""

from importlib.metadata import entry_points, version
from typing import Any

import click

from gateway.cli.audit import audit
from gateway.cli.common import complaints
from gateway.cli.explain import explain
from gateway.cli.policy import policy
from gateway.cli.retention.hold import hold
from gateway.cli.retention.prune import prune
from gateway.cli.scan import scan
from gateway.cli.serve import serve
from gateway.cli.vault import vault
from gateway.server.models_cli import models

COMMANDS = "lictor.commands"
"""Entry point group: packages add commands of their own by name."""


class _Commands(click.Group):
    """A group that also finds the commands declared as entry points."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        with complaints():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        declared = [entry.name for entry in entry_points(group=COMMANDS)]
        return sorted({*super().list_commands(ctx), *declared})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            return found
        for entry in entry_points(group=COMMANDS, name=cmd_name):
            loaded = entry.load()
            if isinstance(loaded, click.Command):
                return loaded
        return None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("lictor"), prog_name="lictor")
def main() -> None:
    """Lictor: a policy-as-code governance gateway for large language models.

    Point an application's base URL at `lictor serve`; every request and response is checked
    against your Rego policies and leaves a record that anyone can verify.

    Exit codes: 0 in order, 1 not in order, 2 wrong usage or input, 3 nothing to decide on.
    """


for _command in (serve, scan, policy, explain, audit, vault, models):
    main.add_command(_command)
for _command in (prune, hold):
    audit.add_command(_command)
