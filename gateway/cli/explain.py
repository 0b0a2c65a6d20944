"""``lictor explain``."""

from pathlib import Path

import click

from gateway.cli.common import CONFIG, NOTHING, complaints, fail, log_path


@click.command()
@click.argument("decision_id")
@CONFIG
@click.option("--log", help="Log folder, postgres://… or s3://… (overrides settings).")
@click.option("--json", "as_json", is_flag=True, help="Print the records as they are.")
def explain(decision_id: str, config: Path | None, log: str | None, *, as_json: bool) -> None:
    """Say what was found, decided and done about one call.

    DECISION_ID is the value of the response header x-lictor-decision-id.
    """
    from gateway.audit.explain import explain as told
    from gateway.audit.reader import minimum

    with complaints():
        text = told(log_path(config, log), decision_id, as_json=as_json)
        first = minimum(log_path(config, log))
    if text is None:
        pruned = f"; entries below {first} were pruned at the end of their time" if first else ""
        fail(f"no record of {decision_id}{pruned}", NOTHING)
    click.echo(text)
