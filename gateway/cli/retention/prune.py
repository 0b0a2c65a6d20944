"""``lictor audit prune``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.common import CONFIG, complaints
from gateway.cli.desk import actor, ledger, settings_of, stored

if TYPE_CHECKING:
    from gateway.audit.retention.ledger import Ledger
    from gateway.audit.retention.pruning import Pruning
    from gateway.server.settings import Settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would go, and why nothing more.")
@click.option(
    "--export", type=click.Path(dir_okay=False, path_type=Path), help="Write the entries there first."
)
@click.option("--by", default="", help="Who prunes, for the record.")
@CONFIG
def prune(*, dry_run: bool, export: Path | None, by: str, config: Path | None) -> None:
    """Remove log entries, and kept bodies, that are past their time.

    Entries go from the front of the log, 256 at a time, up to the first that its retention class or
    a legal hold keeps. The hashes over them stay: what is left verifies, and proofs made before stay
    valid. A `retention` record says first what goes. Verify the log before you prune it.
    """
    if not dry_run and not by:
        raise click.UsageError("say who prunes with --by")
    with complaints():
        settings = settings_of(config)
        if dry_run:
            found = _pruning(settings, _unwritten(settings)).look()
        else:
            with ledger(settings) as log:
                found = _pruning(settings, log).prune(actor(by), export=export)
    gone = found.expiry
    would = "would go" if dry_run else "went"
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(gone.classes.items())) or "none"
    first = max(gone.previous, gone.minimum)
    click.echo(f"entries   {gone.minimum - gone.previous} {would} ({kinds}); the first that stays is {first}")
    click.echo(f"bodies    {found.contents} {would}")
    click.echo(f"because   {gone.why}")


def _unwritten(settings: "Settings") -> "Ledger":
    """The log, only to look at: even that a command ran would be a record."""
    from gateway.audit.retention.ledger import Ledger

    return Ledger(settings.audit.path, lambda _: None, stored(settings))


def _pruning(settings: "Settings", log: "Ledger") -> "Pruning":
    from gateway.audit.retention.pruning import Pruning
    from gateway.audit.vault.ciphertexts import Ciphertexts
    from gateway.server.evidence import retention

    there = settings.vault.path.is_dir()
    ciphertexts = Ciphertexts(settings.vault.path) if there else None
    return Pruning(log, retention(settings), ciphertexts, settings.vault.retention)
