"""``lictor policy promote``."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from gateway.cli.policy.desk import REVISION, desk, signed, told
from gateway.core.errors import ConfigError

if TYPE_CHECKING:
    from gateway.policy.rollout import Rollout


@click.command()
@REVISION
@click.option(
    "--backtest",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The backtest of this revision, as JSON; its digest goes into the record.",
)
@click.option("--without-backtest", metavar="WHY", help="Why there is none; goes into the record.")
@signed
def promote(
    revision: str,
    config: Path | None,
    approver: str,
    reason: str,
    *,
    backtest: Path | None,
    without_backtest: str | None,
) -> None:
    """Let the candidate decide for everybody.

    It must have been in shadow or in canary. Where the settings want more than one approval, the
    first ones are kept until enough different people have approved.
    """
    from gateway.policy.rollout import promote as step
    from gateway.server.releasing import by

    def stepped(now: "Rollout") -> "Rollout":
        return step(now, found, at.settings.policy.approvals, who)

    with desk(config) as at:
        found, who = at.store.find(revision), by(approver, reason)
        evidence = _evidence(backtest, without_backtest, found)
        at.in_order(at.store.bundle(found))
        told(at.take("promote", who, stepped, found, {**evidence, **at.proof(found)}))


def _evidence(backtest: Path | None, why_not: str | None, revision: str) -> Mapping[str, str]:
    if (backtest is None) is not bool(why_not):
        raise ConfigError("give either --backtest REPORT or --without-backtest WHY")
    if backtest is None:
        return {"without_backtest": str(why_not)}
    body = backtest.read_bytes()
    _refuse_another(backtest, body, revision)
    return {"backtest": f"sha256:{hashlib.sha256(body).hexdigest()}"}


def _refuse_another(backtest: Path, body: bytes, revision: str) -> None:
    """A report about something else, or one that does not pass, is no evidence for this revision."""
    from gateway.policy.backtest.report import VERSION

    try:
        report = orjson.loads(body)
        schema, about, verdict = report["schema"], report["bundles"]["new"], report["verdict"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ConfigError(f"{backtest}: not the JSON of a backtest") from None
    if schema != VERSION:
        raise ConfigError(f"{backtest}: not the JSON of a backtest, but of {schema!r}")
    if about != revision:
        raise ConfigError(f"{backtest}: it is not about {revision}")
    if verdict != "pass":
        raise ConfigError(f"{backtest}: its verdict is {verdict!r}")
