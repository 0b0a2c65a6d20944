"""``lictor policy init``."""

from pathlib import Path

import click

from gateway.cli.common import complaints, say


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--pack", "packs", multiple=True, metavar="NAME", help="A policy pack to copy in; repeatable.")
@click.option("--bare", is_flag=True, help="Only a first rule: no baseline, no library.")
def init(directory: Path, packs: tuple[str, ...], *, bare: bool) -> None:
    """Make a bundle to start from in DIRECTORY, which must be new or empty.

    The baseline, the helper library and the packs are copied, so that all of it can be read, compared and
    tested. It passes `lictor policy check` and `lictor policy test` at once.
    """
    from gateway.policy.scaffold.start import start

    with complaints():
        files = start(directory, packs, bare=bare)
    say(f"{directory}: {files} files; begin with {directory / 'README.md'}")
