"""``lictor audit proof``."""

from pathlib import Path

import click

from gateway.cli.common import CONFIG, LOG, NOTHING, complaints, fail, log_path, pruned, say


@click.command()
@click.argument("entry", metavar="ID|INDEX")
@CONFIG
@LOG
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Folder to write into; the current one by default.",
)
def proof(entry: str, config: Path | None, log: str | None, output: Path) -> None:
    """Write a .tlog-proof for every record of one exchange, or for one entry.

    Each file holds the record, the way from it to the log's root, and the signed root, with the
    cosignatures of witnesses where one has them. It can be checked anywhere, without the log.
    """
    from gateway.audit.evidence import proofs

    with complaints():
        place = log_path(config, log)
        found = proofs(place, entry)
        output.mkdir(parents=True, exist_ok=True)
        for name, text in found.items():
            (output / name).write_text(text, "utf-8")
    if not found:
        fail(f"no published record of {entry}{pruned(place)}", NOTHING)
    for name in found:
        click.echo(output / name)
    say(f"{len(found)} proofs; check them with: lictor audit check-proof FILE --key VKEY")
