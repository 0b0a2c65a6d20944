"""``lictor policy build``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway.cli.common import BUNDLE, FAILED, complaints, fail, say
from gateway.cli.policy.keys import SCOPE

if TYPE_CHECKING:
    from gateway.policy.contents import Contents


@click.command()
@BUNDLE
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("bundle.tar.gz"),
    show_default=True,
    help="The archive to write.",
)
@click.option("--meta", "pairs", multiple=True, metavar="KEY=VALUE", help="For the manifest's metadata.")
@click.option(
    "--serial", type=click.IntRange(1), default=None, help="Its number; lower ones are refused after it."
)
@click.option("--sign-with", type=click.Path(dir_okay=False, path_type=Path), help="File with a private key.")
@click.option("--key-id", help="The name by which verifiers know that key.")
@SCOPE
def build(
    bundle: Path | None,
    output: Path,
    pairs: tuple[str, ...],
    *,
    sign_with: Path | None,
    key_id: str | None,
    scope: str,
    serial: int | None,
) -> None:
    """Pack a bundle as OPA takes it: rules, data and a manifest with the revision, without tests.

    The same bundle gives the same bytes. A bundle that `lictor policy check` complains of is not packed.
    """
    from gateway.policy.build import archived, build, revision_of
    from gateway.policy.check import check
    from gateway.policy.shipped import baseline

    with complaints():
        root = bundle or baseline()
        if found := check(root):
            fail(f"not packed: {found[0]}", FAILED)
        held = build(root, _metadata(pairs), serial=serial or 0)
        output.write_bytes(archived(held, _signatures(held, sign_with, key_id, scope)))
    by = f", signed as {key_id}" if sign_with else ""
    say(f"{output}: {len(held.files)} files, revision {revision_of(held)}{by}")


def _signatures(held: "Contents", path: Path | None, key_id: str | None, scope: str) -> bytes | None:
    if path is None:
        return None
    if not key_id:
        raise click.UsageError("--sign-with needs --key-id")
    from gateway.policy.keyring import read_private
    from gateway.policy.signing import sign

    return sign(held.files, read_private(path), key_id, scope)


def _metadata(pairs: tuple[str, ...]) -> dict[str, object]:
    for pair in pairs:
        if "=" not in pair:
            raise click.UsageError(f"--meta wants KEY=VALUE, not {pair!r}")
    return {key: value for key, _, value in (pair.partition("=") for pair in pairs)}
