"""``lictor policy canary``."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.policy.desk import REVISION, desk, signed, told

if TYPE_CHECKING:
    from gateway.policy.rollout import Rollout


@click.command()
@REVISION
@click.option("--percent", type=click.FloatRange(min=0, max=100), required=True, help="Share of tenants.")
@click.option("--max-latency", type=float, help="How many times as long a decision may take on average.")
@signed
def canary(
    revision: str,
    config: Path | None,
    approver: str,
    reason: str,
    *,
    percent: float,
    max_latency: float | None,
) -> None:
    """Let the candidate decide for a share of the tenants.

    Which tenants is fixed by a hash, so that a growing share only adds some. The budgets of the
    shadow stay; where one is exceeded the gateway drops the candidate by itself.
    """
    from gateway.policy.rollout import canary as step
    from gateway.server.releasing import by

    def stepped(now: "Rollout") -> "Rollout":
        latency = now.budgets.latency if max_latency is None else max_latency
        return step(now, found, percent, replace(now.budgets, latency=latency), who)

    with desk(config) as at:
        found, who = at.store.find(revision), by(approver, reason)
        at.in_order(at.store.bundle(found))
        told(at.take("canary", who, stepped, found))
