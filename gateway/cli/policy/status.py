"""``lictor policy status``."""

import sys
from pathlib import Path
from typing import Any

import click

from gateway.cli.common import CONFIG, FAILED, OK
from gateway.cli.policy.desk import desk, sentence


@click.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def status(config: Path | None, *, as_json: bool) -> None:
    """Say where the rollout stands, and what each worker of each node runs.

    Exit code 1 where a worker that is alive does not run what the rollout says.
    """
    import orjson

    from gateway.policy.rollout import document
    from gateway.server.presence import everybody
    from gateway.server.releasing import needed

    with desk(config) as at:
        rollout = needed(at.store.rollout())
        workers = everybody(at.store.status)
    late = [each for each in workers if not each["stale"] and _late(each, rollout.version)]
    if as_json:
        told = {"rollout": document(rollout), "workers": workers, "agreed": not late}
        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    else:
        click.echo(sentence(rollout))
        if rollout.approver:
            click.echo(f"  last step by {rollout.approver}: {rollout.reason}")
        for each in workers:
            click.echo(f"  {_line(each)}")
    sys.exit(FAILED if late else OK)


def _late(worker: dict[str, Any], version: int) -> bool:
    return worker.get("version") != version or bool(worker.get("refused"))


def _line(worker: dict[str, Any]) -> str:
    parts = [
        f"{worker['node']}/{worker['pid']}",
        "stale" if worker["stale"] else f"up {worker['uptime_s']} s",
    ]
    parts.append(f"version {worker.get('version')}: {worker.get('revision')}")
    if worker.get("canary"):
        parts.append(f"canary {worker['canary']}")
    parts += [f"{name}: {worker[name]}" for name in ("refused", "unfit") if worker.get(name)]
    return ", ".join(parts)
