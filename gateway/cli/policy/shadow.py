"""``lictor policy shadow``."""

from pathlib import Path

import click

from gateway.cli.policy.desk import desk, signed, told
from gateway.cli.policy.shares import limit, share
from gateway.cli.policy.submit import submitted


@click.command()
@click.argument("candidate")
@click.option("--sample", type=share, default="20%", show_default=True, help="Share of exchanges it sees.")
@click.option(
    "--max-divergence", type=limit, default="100%", show_default=True, help="Share of other answers."
)
@click.option("--max-errors", type=limit, default="1%", show_default=True, help="Share that fails.")
@click.option("--least", type=click.IntRange(min=1), default=200, show_default=True, help="Cases needed.")
@signed
def shadow(
    candidate: str,
    config: Path | None,
    approver: str,
    reason: str,
    *,
    sample: float,
    max_divergence: float,
    max_errors: float,
    least: int,
) -> None:
    """Let a candidate answer beside the revision in force, without deciding anything.

    CANDIDATE is a submitted revision, or a bundle, which is submitted first. Where a budget is
    exceeded the gateway drops the candidate by itself.
    """
    from gateway.policy.budgets import Budgets
    from gateway.policy.rollout import shadow as step
    from gateway.server.releasing import by

    budgets = Budgets(max_divergence, max_errors, least=least)
    with desk(config) as at:
        path = Path(candidate)
        revision = submitted(at, path, approver, reason) if path.exists() else at.store.find(candidate)
        at.in_order(at.store.bundle(revision))
        who = by(approver, reason)
        told(at.take("shadow", who, lambda now: step(now, revision, sample, budgets, who), revision))
