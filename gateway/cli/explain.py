"""``lictor explain``."""

from pathlib import Path

import click

from gateway.cli.common import CONFIG, LOG, NOTHING, complaints, fail, log_path, pruned


@click.command()
@click.argument("decision_id")
@CONFIG
@LOG
@click.option("--json", "as_json", is_flag=True, help="Print the records as they are.")
def explain(decision_id: str, config: Path | None, log: str | None, *, as_json: bool) -> None:
    """Say what was found, decided and done about one call.

    DECISION_ID is the value of the response header x-lictor-decision-id.
    """
    from gateway.audit.explain import explain as told

    with complaints():
        place = log_path(config, log)
        text = told(place, decision_id, as_json=as_json)
    if text is None:
        fail(f"no record of {decision_id}{pruned(place)}", NOTHING)
    click.echo(text)
