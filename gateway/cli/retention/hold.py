"""``lictor audit hold``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.common import CONFIG, FAILED, NOTHING, complaints, fail
from gateway.cli.desk import BY, actor, ledger, moment, settings_of

if TYPE_CHECKING:
    from gateway.audit.retention.holds import Hold

NAME = click.argument("name")
REASON = click.option("--reason", required=True, help="Why, for the record.")


@click.group()
def hold() -> None:
    """Legal holds: what must neither be pruned nor erased until it is released."""


@hold.command("add")
@NAME
@click.option("--exchange", default="", help="One call, by its decision id.")
@click.option("--tenant", default="", help="All calls of a tenant.")
@click.option("--since", default="", help="From this day or time on (2026-11-26).")
@click.option("--until", default="", help="Up to and with this day or time.")
@click.option("--everything", is_flag=True, help="All there is.")
@REASON
@BY
@CONFIG
def add(
    name: str,
    *,
    exchange: str,
    tenant: str,
    since: str,
    until: str,
    everything: bool,
    reason: str,
    by: str,
    config: Path | None,
) -> None:
    """Hold what fits all that is said. It counts from when this command ends."""
    from gateway.audit.retention.holds import Hold, standing
    from gateway.audit.retention.records import hold_record

    if everything == bool(exchange or tenant or since or until):
        raise click.UsageError("say what is held, or --everything")
    since_ms = moment(since) if since else 0
    until_ms = moment(until, end=True) if until else 0
    wanted = Hold(name, exchange, tenant, since_ms, until_ms, reason, by)
    with complaints(), ledger(settings_of(config)) as log, log.alone():
        if name in standing(log.place):
            fail(f"there is a hold {name} already", FAILED)
        log.append(hold_record(actor(by), wanted))
    click.echo(f"held      {_scope(wanted)}: {name}")


@hold.command("release")
@NAME
@REASON
@BY
@CONFIG
def release(name: str, reason: str, by: str, config: Path | None) -> None:
    """End a hold."""
    from dataclasses import replace

    from gateway.audit.retention.holds import standing
    from gateway.audit.retention.records import hold_record

    with complaints(), ledger(settings_of(config)) as log, log.alone():
        found = standing(log.place).get(name)
        if found is None:
            fail(f"there is no hold {name}", NOTHING)
        log.append(hold_record(actor(by), replace(found, reason=reason), release=True))
    click.echo(f"released  {_scope(found)}: {name}")


@hold.command("list")
@CONFIG
def list_(config: Path | None) -> None:
    """Show the holds in force."""
    from gateway.audit.retention.holds import standing
    from gateway.server.settings import log_place

    with complaints():
        for found in standing(log_place(settings_of(config))).values():
            click.echo(f"{found.name}: {_scope(found)} ({found.reason}, {found.by})")


def _scope(hold: "Hold") -> str:
    parts = [
        f"exchange {hold.exchange}" if hold.exchange else "",
        f"tenant {hold.tenant}" if hold.tenant else "",
        f"since {_at(hold.since_ms)}" if hold.since_ms else "",
        f"until {_at(hold.until_ms)}" if hold.until_ms else "",
    ]
    return ", ".join(filter(None, parts)) or "everything"


def _at(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")
