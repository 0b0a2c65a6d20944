"""``lictor audit verify``."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from gateway.cli.common import CONFIG, complaints, key_of, log_path, progress


@click.command("verify")
@click.argument("log", required=False)
@CONFIG
@click.option("--key", help="Verifier key (C2SP vkey, or a file that holds it).")
@click.option(
    "--policy",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Trust policy (C2SP tlog-policy): keys of logs and witnesses, and the quorum.",
)
@click.option(
    "--known",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Signed checkpoint kept from earlier, or a folder of them (*.note), which the log must extend.",
)
@click.option(
    "--tsa",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Root certificate (PEM) of a time stamping authority; may repeat.",
)
@click.option("--strict", is_flag=True, help="Let warnings fail the verification, with exit code 3.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def verify(
    log: str | None,
    config: Path | None,
    key: str | None,
    policy: Path | None,
    *,
    known: tuple[Path, ...],
    tsa: tuple[Path, ...],
    strict: bool,
    as_json: bool,
) -> None:
    """Verify a log from its files alone: a folder, postgres://… or s3://bucket/prefix.

    Recomputes the Merkle tree from the entries, checks the signed checkpoint, the order of every
    writer's records, and that every decision has its outcome. Without --key or --policy, the key
    beside the log is used, which proves less: whoever can rewrite the log can rewrite that key too.

    Exit codes: 0 intact, 1 tampered, 2 unreadable, 3 intact, but the policy's quorum of witnesses
    cosigned no checkpoint, or there are warnings under --strict.
    """
    from gateway.audit.verify import verify as verified

    with complaints(), progress("verifying") as advance:
        report = verified(
            log_path(config, log),
            key_of(key),
            progress=advance,
            strict=strict,
            known=[path.read_text("utf-8", "replace") for path in _notes(known)],
            policy=policy.read_text("utf-8", "replace") if policy else None,
            authorities=[path.read_bytes() for path in tsa],
        )
    click.echo(report.to_json() if as_json else str(report))
    sys.exit(report.exit_code)


def _notes(places: tuple[Path, ...]) -> Iterator[Path]:
    for place in places:
        yield from sorted(place.rglob("*.note")) if place.is_dir() else [place]
