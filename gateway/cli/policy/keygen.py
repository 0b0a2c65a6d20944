"""``lictor policy keygen``."""

from pathlib import Path
from typing import Literal

import click

from gateway.cli.common import complaints, say


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--algorithm",
    type=click.Choice(["EdDSA", "ES256"]),
    default="EdDSA",
    show_default=True,
    help="EdDSA is Ed25519, ES256 is ECDSA on P-256.",
)
@click.option("--key-id", help="The name of the key; without one, its fingerprint.")
def keygen(path: Path, algorithm: Literal["EdDSA", "ES256"], key_id: str | None) -> None:
    """Make a key that signs bundles: PATH for yourself, PATH.pub for who verifies.

    Says what to write into the settings of the gateways that shall trust it.
    """
    from gateway.policy.keyring import fingerprint, generate, write_pair

    with complaints():
        key = generate(algorithm)
        public = write_pair(path, key)
    name = key_id or fingerprint(key.public_key())
    click.echo(f'[[policy.keys]]\nid = "{name}"\npath = "{public}"')
    say(f"{path}: keep it secret; {public}: give it to the gateways")
