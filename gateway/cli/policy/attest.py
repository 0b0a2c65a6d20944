"""``lictor policy attest``."""

from pathlib import Path

import click

from gateway.cli.policy.desk import REVISION, desk, signed, told
from gateway.core.errors import ConfigError


@click.command()
@REVISION
@click.argument("statements", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@signed
def attest(revision: str, statements: Path, config: Path | None, approver: str, reason: str) -> None:
    """Keep more signed test results with a revision, such as those of a newer run.

    They are checked as the gateway checks them; ones that would refuse the revision are not kept. The
    rollout stays where it is.
    """
    from gateway.policy.statements import lines
    from gateway.server.releasing import by

    with desk(config) as at:
        found = at.store.find(revision)
        newer = at.with_statements(statements)
        newer.in_order(at.store.bundle(found))
        proof = newer.proof(found)
        if not proof:
            raise ConfigError("policy.require_gate: the settings require no gates, so nothing is attested")
        at.store.attest(found, [line for _, line in lines([statements])])
        told(at.take("attest", by(approver, reason), lambda now: now, found, proof))
