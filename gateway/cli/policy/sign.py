"""``lictor policy sign``."""

from pathlib import Path

import click

from gateway.cli.common import FAILED, complaints, fail, say
from gateway.cli.policy.keys import KEY_ID, SCOPE, private_key


@click.command()
@click.argument("bundle", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--key", type=click.Path(dir_okay=False, path_type=Path), help="File with the private key (PEM)."
)
@click.option("--key-env", help="Variable that holds the private key, in place of a file.")
@KEY_ID
@SCOPE
def sign(bundle: Path, key: Path | None, key_env: str | None, key_id: str, scope: str) -> None:
    """Sign a folder or an archive in place: its .signatures.json is written anew.

    Whatever changes in the bundle afterwards makes the signature wrong. A bundle that `lictor policy check`
    complains of is not signed.
    """
    from gateway.policy.build import archived
    from gateway.policy.check import check
    from gateway.policy.contents import SIGNATURES
    from gateway.policy.reading import contents
    from gateway.policy.signing import sign as signed

    with complaints():
        private = private_key(key, key_env)
        held = contents(bundle)
        if found := check(held):
            fail(f"not signed: {found[0]}", FAILED)
        signatures = signed(held.files, private, key_id, scope)
        if bundle.is_dir():
            (bundle / SIGNATURES).write_bytes(signatures)
        else:
            bundle.write_bytes(archived(held, signatures))
    say(f"{bundle}: {len(held.files)} files, signed as {key_id}")
