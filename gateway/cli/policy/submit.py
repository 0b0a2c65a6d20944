"""``lictor policy submit``."""

from pathlib import Path

import click

from gateway.cli.policy.desk import Desk, desk, signed, told


@click.command()
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
@signed
def submit(bundle: Path, config: Path | None, approver: str, reason: str) -> None:
    """Check a bundle (a folder or an archive), keep a copy of it in the store, and make it the candidate.

    Where the settings have [[policy.keys]], its signature is checked as the gateway checks it.

    Nothing changes for anybody yet. The name that is printed is what the other commands take; its
    first digits are enough.
    """
    with desk(config) as at:
        click.echo(submitted(at, bundle, approver, reason))


def submitted(at: Desk, bundle: Path, approver: str, reason: str) -> str:
    """Submit a bundle; its revision."""
    from gateway.policy.rollout import submit as step
    from gateway.server.releasing import by

    at.in_order(bundle)
    revision, who = at.store.add(bundle, at.admission), by(approver, reason)
    told(at.take("submit", who, lambda now: step(now, revision, who), revision))
    return revision
