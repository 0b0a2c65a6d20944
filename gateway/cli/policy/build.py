"""``lictor policy build``."""

from pathlib import Path

import click

from gateway.cli.common import BUNDLE, FAILED, complaints, fail, say


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
def build(bundle: Path | None, output: Path, pairs: tuple[str, ...]) -> None:
    """Pack a bundle as OPA takes it: rules, data and a manifest with the revision, without tests.

    The same bundle gives the same bytes. A bundle that `lictor policy check` complains of is not packed.
    """
    from gateway.policy.baseline import baseline
    from gateway.policy.build import archived, build, revision_of
    from gateway.policy.check import check

    with complaints():
        root = bundle or baseline()
        if found := check(root):
            fail(f"not packed: {found[0]}", FAILED)
        held = build(root, _metadata(pairs))
        output.write_bytes(archived(held))
    say(f"{output}: {len(held.files)} files, revision {revision_of(held)}")


def _metadata(pairs: tuple[str, ...]) -> dict[str, object]:
    for pair in pairs:
        if "=" not in pair:
            raise click.UsageError(f"--meta wants KEY=VALUE, not {pair!r}")
    return {key: value for key, _, value in (pair.partition("=") for pair in pairs)}
