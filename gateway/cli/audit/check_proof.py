"""``lictor audit check-proof``."""

import sys
from pathlib import Path

import click

from gateway.cli.common import FAILED, NOTHING, OK, USAGE, complaints, fail, key_of

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("check-proof")
@click.argument("file", type=_FILE)
@click.option("--key", help="Verifier key of the log (C2SP vkey, or a file that holds it).")
@click.option("--policy", type=_FILE, help="Trust policy (C2SP tlog-policy), instead of a key.")
@click.option("--record", type=_FILE, help="The record's exact bytes; those in the proof by default.")
def check_proof(file: Path, key: str | None, policy: Path | None, record: Path | None) -> None:
    """Check one .tlog-proof from the file alone, and show the record that it proves.

    Exit codes: 0 proven, 1 not proven, 2 wrong usage, 3 proven, but without the policy's quorum of
    witnesses.
    """
    from gateway.audit.evidence import check
    from gateway.audit.note import NoteError
    from gateway.audit.trust import Trust

    if (key is None) is (policy is None):
        fail("give either --key or --policy", USAGE)
    with complaints():
        text = file.read_bytes().decode("utf-8", "replace")
        leaf = record.read_bytes() if record else None
        trusted = policy.read_text("utf-8", "replace") if policy else f"log {key_of(key)}\nquorum none\n"
    try:
        trust = Trust.parse(trusted)
    except NoteError as error:
        fail(str(error), USAGE)
    try:
        proven = check(text, leaf, trust)
    except NoteError as error:
        fail(f"NOT proven: {error}", FAILED)
    click.echo(proven.told())
    sys.exit(OK if proven.quorum else NOTHING)
