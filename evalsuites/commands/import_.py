"""``lictor evals import``."""

import json
from pathlib import Path
from typing import Any

import click

from evalsuites.commands.common import faults
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.suite import FILE
from evalsuites.importers.build import build
from evalsuites.importers.fields import fields_of
from evalsuites.importers.registry import FORMATS
from evalsuites.importers.write import About, write
from gateway.cli.common import USAGE, fail, say


@click.command("import")
@click.argument("source")
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), required=True, help="What SOURCE is.")
@click.option("--suite", "name", required=True, help="Name of the suite.")
@click.option("--licence", required=True, help="Under which terms you may use the cases.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="Folder of the suite.")
@click.option("--map", "given", multiple=True, metavar="FIELD=COLUMN", help="Which column is what.")
@click.option("--metric", "metrics", multiple=True, help="How answers are measured, besides given scores.")
@click.option("--request", "request", multiple=True, metavar="NAME=VALUE", help="Such as model=gpt-4.1.")
@click.option("--title", default="", help="What the suite asks, in a sentence.")
@click.option("--labelling", default="", help="Who said what a good answer is, and how.")
@click.option("--drop", is_flag=True, help="Leave out rows that cannot be used; the card names each.")
@click.option("--replace", is_flag=True, help="Write over a suite that was imported before.")
def import_(  # noqa: PLR0913, PLR0917 - one for each option, handed over by name
    source: str,
    format_: str,
    name: str,
    licence: str,
    output: Path,
    given: tuple[str, ...],
    metrics: tuple[str, ...],
    request: tuple[str, ...],
    title: str,
    labelling: str,
    *,
    drop: bool,
    replace: bool,
) -> None:
    r"""Make a suite of a set or of results that you have. SOURCE is a file, or a data set of the Hugging Face
    hub in its local cache: owner/name[@revision][:files].

    \b
    Fields: id epoch; user system messages prompt input.NAME; expect.NAME strata.NAME;
    answer error milliseconds tokens_in tokens_out score.NAME reason.NAME
    FIELD:json=COLUMN reads JSON from a column of text. Result files of other tools are mapped by themselves.

    Answers that a source holds are kept beside the cases, for gates without a model:
    `lictor evals run FOLDER --eval-target recorded`.
    """
    about = About(name, licence, format_, title, labelling, metrics, dict(map(_member, request)))
    with faults():
        _refuse_to_overwrite(output, replace=replace)
        read = FORMATS[format_](source)
        fields = fields_of(given, read)
        made = build(read, fields)
        for flaw in made.flaws:
            say(f"{flaw.where}: {flaw.why}")
        if made.flaws and not drop:
            fail(f"{len(made.flaws)} of {len(read.rows)} rows cannot be used; --drop leaves them out", USAGE)
        suite = write(about, read, fields, made, output)
    dropped = f", {len(made.flaws)} of {len(read.rows)} rows dropped" if made.flaws else ""
    click.echo(f"{output}: {len(suite.cases)} cases, {len(made.answers)} given answers{dropped}")


def _refuse_to_overwrite(output: Path, *, replace: bool) -> None:
    """Only what is a suite is ever written over."""
    if not output.exists() or (output.is_dir() and not any(output.iterdir())):
        return
    if not (replace and (output / FILE).is_file()):
        raise UsageFault(str(output), "it is there already; --replace writes over a suite")


def _member(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value
