"""``lictor audit``: work with the decision log."""

import sys
from pathlib import Path

import click

from gateway.cli.common import CONFIG, complaints, key_of, log_path, progress


@click.group()
def audit() -> None:
    """Work with the decision log."""


@audit.command("verify")
@click.argument("log", required=False)
@CONFIG
@click.option("--key", help="Verifier key (C2SP vkey, or a file that holds it).")
@click.option(
    "--known",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Signed checkpoint kept from earlier, which the log must extend; may repeat.",
)
@click.option("--strict", is_flag=True, help="Let warnings fail the verification, with exit code 3.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def audit_verify(
    log: str | None,
    config: Path | None,
    key: str | None,
    *,
    known: tuple[Path, ...],
    strict: bool,
    as_json: bool,
) -> None:
    """Verify a log from its files alone: a folder, postgres://… or s3://bucket/prefix.

    Recomputes the Merkle tree from the entries, checks the signed checkpoint, the order of every
    writer's records, and that every decision has its outcome. Without --key, the key beside the
    log is used, which proves less: whoever can rewrite the log can rewrite that key too.

    Exit codes: 0 intact, 1 tampered, 2 unreadable, 3 intact with warnings under --strict.
    """
    from gateway.audit.verify import verify

    with complaints(), progress("verifying") as advance:
        kept = [path.read_text("utf-8", "replace") for path in known]
        report = verify(log_path(config, log), key_of(key), progress=advance, strict=strict, known=kept)
    click.echo(report.to_json() if as_json else str(report))
    sys.exit(report.exit_code)
