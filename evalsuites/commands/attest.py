"""``lictor evals attest``."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from evalsuites.commands.common import faults
from evalsuites.harness.evidence import statement_of
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.reading import mapping
from gateway.cli.common import complaints, say
from gateway.cli.policy.keys import KEY_ID, private_key

OUT = "statement.intoto.jsonl"


@click.command()
@click.argument("run", metavar="RUN.json", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--key", type=click.Path(dir_okay=False, path_type=Path), help="File with the private key (PEM)."
)
@click.option("--key-env", help="Variable that holds the private key, in place of a file.")
@KEY_ID
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help=f"Else {OUT} beside the run."
)
def attest(run: Path, key: Path | None, key_env: str | None, key_id: str, output: Path | None) -> None:
    """Sign what a run says of policy and classifiers, whatever it says: a DSSE envelope over its statement.

    Keys are those of `lictor policy keygen`. Gateways that require gates take the envelope with the
    bundle: `lictor policy submit BUNDLE --attestation FILE`.
    """
    from gateway.policy.dsse import sign

    folder = run if run.is_dir() else run.parent
    with faults(), complaints():
        private = private_key(key, key_env)
        told = _statement(folder)
        body = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        place = output or folder / OUT
        place.write_bytes(sign(body, private, key_id) + b"\n")
    about = ", ".join(one["name"] for one in told["subject"])
    say(f"{place}: {told['predicate']['result']} about {about}, signed as {key_id}")


def _statement(folder: Path) -> Mapping[str, Any]:
    """The statement of a run, if it says what the run says.

    Raises:
        UsageFault: it does not, or one of the two cannot be read.
    """
    document, told = (_read(folder / name) for name in ("run.json", "statement.json"))
    try:
        finished = str(told["subject"][-1]["annotations"]["finished"])
        again = statement_of(document, finished)
    except (AttributeError, IndexError, KeyError, TypeError) as error:
        raise UsageFault(str(folder), f"there is no run that can be attested: {error!r}") from None
    if again != told:
        raise UsageFault(str(folder / "statement.json"), "it does not say what run.json says")
    return again


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return mapping(json.loads(file.read_text("utf-8")), str(file))
    except (OSError, ValueError) as error:
        raise UsageFault(str(file), f"cannot be read: {error}") from None
