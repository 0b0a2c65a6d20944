"""``lictor audit page``."""

from pathlib import Path

import click

from gateway.cli.common import complaints


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("verifier.html"),
    help="File to write; verifier.html by default.",
)
def page(output: Path) -> None:
    """Write the page that verifies logs and proofs in a browser.

    One file that needs no network and nothing installed: open it, and drop files on it.
    """
    from gateway.audit.verifier import page as text

    with complaints():
        output.write_bytes(text())
    click.echo(output)
