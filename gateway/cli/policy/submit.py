"""``lictor policy submit``."""

from pathlib import Path

import click

from gateway.cli.policy.desk import Desk, desk, signed, told


@click.command()
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--attestation",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Signed test results (lictor evals attest); kept with the bundle.",
)
@click.option(
    "--allow-older",
    is_flag=True,
    help="Take a bundle with a lower serial than one before; goes into the record.",
)
@signed
def submit(
    bundle: Path,
    config: Path | None,
    approver: str,
    reason: str,
    *,
    attestation: Path | None,
    allow_older: bool,
) -> None:
    """Check a bundle (a folder or an archive), keep a copy of it in the store, and make it the candidate.

    Where the settings have [[policy.keys]], its signature is checked as the gateway checks it; where they
    have [policy.require_gate], it must have passed its gates.

    Nothing changes for anybody yet. The name that is printed is what the other commands take; its
    first digits are enough.
    """
    with desk(config) as at:
        click.echo(submitted(at, bundle, approver, reason, attestation, allow_older=allow_older))


def submitted(
    at: Desk,
    bundle: Path,
    approver: str,
    reason: str,
    attestation: Path | None = None,
    *,
    allow_older: bool = False,
) -> str:
    """Submit a bundle; its revision."""
    from gateway.policy.reading import contents
    from gateway.policy.rollout import submit as step
    from gateway.policy.statements import lines
    from gateway.server.releasing import by

    at = at.with_statements(attestation)
    at.in_order(bundle)
    older = at.newest(bundle, allow_older=allow_older)
    revision, who = at.store.add(bundle, at.admission), by(approver, reason)
    if attestation is not None:
        at.store.attest(revision, [line for _, line in lines([attestation])])
    told(
        at.take(
            "submit", who, lambda now: step(now, revision, who), revision, {**older, **at.proof(revision)}
        )
    )
    at.highest.see(contents(bundle))
    return revision
