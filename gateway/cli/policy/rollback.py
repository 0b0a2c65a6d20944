"""``lictor policy rollback``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.policy.desk import desk, signed, told

if TYPE_CHECKING:
    from gateway.policy.rollout import Rollout


@click.command()
@signed
def rollback(config: Path | None, approver: str, reason: str) -> None:
    """Drop the candidate; where there is none, bring the revision before the last promotion back."""
    from gateway.policy.rollout import IllegalStep
    from gateway.policy.rollout import rollback as step
    from gateway.server.releasing import by, needed

    def stepped(now: "Rollout") -> "Rollout":
        if now.version != before.version:
            raise IllegalStep("somebody has taken a step meanwhile: look again")
        return step(now, who)

    with desk(config) as at:
        before, who = needed(at.store.rollout()), by(approver, reason)
        told(at.take("rollback", who, stepped, before.candidate or before.enforced))
