"""``lictor vault status``."""

from pathlib import Path

import click

from gateway.cli.common import CONFIG, complaints
from gateway.cli.desk import settings_of


@click.command()
@CONFIG
def status(config: Path | None) -> None:
    """Say how much is kept, and which erasures were interrupted. Reads no content."""
    from gateway.server.evidence import existing_vault

    with complaints():
        settings = settings_of(config)
        vault = existing_vault(settings)
        files = [path for key in vault.ciphertexts.keys() for path, _ in vault.ciphertexts.of(key)]  # noqa: SIM118
        size = sum(path.stat().st_size for path in files)
        click.echo(f"vault     {settings.vault.path}: {'on' if settings.vault.enabled else 'off'}")
        click.echo(
            f"kept      {len(files)} bodies, {size} bytes, under {len({f.parent for f in files})} keys"
        )
        for slot, _ in vault.keys.announced():
            click.echo(f"erasure   of key {slot.key} was interrupted; the next start or erasure settles it")
