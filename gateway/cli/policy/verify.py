"""``lictor policy verify``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.common import FAILED, complaints, fail, say
from gateway.core.errors import ConfigError

if TYPE_CHECKING:
    from gateway.policy.keyring import Keyring


@click.command()
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with a public key (PEM).",
)
@click.option("--key-id", help="The name of that key in signatures.")
@click.option("--scope", default="", help="What its signature must be for.")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings file whose [[policy.keys]] count, in place of --key.",
)
def verify(bundle: Path, key: Path | None, key_id: str | None, scope: str, config: Path | None) -> None:
    """Verify a folder or an archive: key, revision and every signed file.

    Exit code 1 when the signature does not hold; the reason is named.
    """
    from gateway.policy.bundle import BundleError, load
    from gateway.policy.reading import contents
    from gateway.policy.signing import now_ms
    from gateway.policy.signing import verify as verified

    with complaints():
        ring = _ring(key, key_id, scope, config)
        try:
            held = verified(contents(bundle), ring, now_ms())
            revision = load(held).revision
        except BundleError as error:
            fail(f"not verified: {bundle}: {error}", FAILED)
    click.echo(f"key {held.key}\nrevision {revision}")
    for name in held.files:
        click.echo(f"file {name}")
    say(f"{bundle}: in order, {len(held.files)} files")


def _ring(key: Path | None, key_id: str | None, scope: str, config: Path | None) -> "Keyring":
    from gateway.policy.keyring import Key, Keyring, parse_public

    if config is not None and key is None:
        from gateway.server.settings import load
        from gateway.server.trust import keyring

        return keyring(load(config).policy)
    if key is None or not key_id or config is not None:
        raise ConfigError("name the key with --key and --key-id, or the settings that do with --config")
    return Keyring.of([Key(key_id, parse_public(key.read_bytes(), str(key)), scope)])
