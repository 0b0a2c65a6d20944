"""``lictor vault read``."""

import sys
from pathlib import Path

import click

from gateway.cli.common import CONFIG, FAILED, NOTHING, OK, complaints, fail, say
from gateway.cli.desk import BY, actor, ledger, settings_of


@click.command()
@click.argument("decision_id")
@click.option("--phase", type=click.Choice(["request", "response"]), help="Only one of the two bodies.")
@click.option("--reason", required=True, help="Why it must be read, for the record.")
@BY
@CONFIG
def read(decision_id: str, phase: str | None, reason: str, by: str, config: Path | None) -> None:
    """Show the bodies that are kept of one call: the request as received, the answer as delivered.

    DECISION_ID is the value of the response header x-lictor-decision-id. That somebody reads, who
    and why, is in the log before anything is shown. What is shown is checked against the
    commitments in the log. Bodies go to standard output, with --phase byte for byte, all else to standard
    error.

    Exit codes: 0 shown, 1 something cannot be shown, 3 nothing is kept of the call.
    """
    from gateway.audit.vault.access import PHASES, Access
    from gateway.server.evidence import existing_vault

    with complaints():
        settings = settings_of(config)
        vault = existing_vault(settings)
        with ledger(settings) as log:
            access = Access(vault, log)
            found = access.read(decision_id, actor(by), reason=reason, phases=(phase,) if phase else PHASES)
    if not found:
        fail(f"nothing is kept of {decision_id}", NOTHING)
    for reading in found:
        body = reading.body
        say(f"{reading.phase}: {reading.why}" if body is None else f"{reading.phase}: {len(body)} bytes")
        if body is not None:
            click.echo(body, nl=phase is None)
    sys.exit(OK if all(reading.body is not None for reading in found) else FAILED)
