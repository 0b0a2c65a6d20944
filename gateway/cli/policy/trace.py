"""``lictor policy trace``."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from gateway.cli.common import FAILED, OK, complaints, say
from gateway.cli.policy.asked import FACTS, from_file

if TYPE_CHECKING:
    from gateway.policy.trace import Reach, Trace


@click.command()
@FACTS
@click.option("--phase", type=click.Choice(["plan", "request", "response"]), help="Phase to evaluate.")
@click.option(
    "--bundle", type=click.Path(exists=True, path_type=Path), help="Bundle; without one, the baseline."
)
@click.option("--rule", "wanted", default="", help="Only rules whose id or name contains this.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def trace(file: Path | None, phase: str | None, bundle: Path | None, wanted: str, *, as_json: bool) -> None:
    """Show how far each rule came on one input: what held, and what was the first condition that did not.

    Exit code 1 when a rule failed with an error.
    """
    from gateway.policy.bundle import load
    from gateway.policy.shipped import baseline
    from gateway.policy.trace import trace as traced

    if file is None:
        raise click.UsageError("give --input")
    with complaints():
        asked = from_file(file, phase or "")
        told = traced(load(bundle or baseline()), asked.phase, asked.facts)
    chosen = [reach for reach in told.reaches if _matches(reach, wanted)]
    if as_json:
        click.echo(orjson.dumps(_document(chosen, told), option=orjson.OPT_INDENT_2, default=str).decode())
    else:
        for line in _lines(chosen, told):
            click.echo(line)
    if told.fault:
        say(f"policy failed: {told.fault}")
    raise SystemExit(FAILED if told.fault else OK)


def _matches(reach: "Reach", wanted: str) -> bool:
    return any(wanted in name for name in (reach.query.name, *reach.query.ids))


def _lines(reaches: list["Reach"], told: "Trace") -> Iterator[str]:
    for reach in reaches:
        query = reach.query
        title = ", ".join(query.ids) or query.name
        inside = " (inside)" if query.inner else ""
        yield f"{'held ' if reach.held else 'no   '} {query.module.file}:{query.line} {title}{inside}"
        if reach.failing is not None:
            yield f"        line {reach.failing.line}: {reach.failing.text}"
        yield from (f"          {name} = {_short(value)}" for name, value in reach.values.items())
    yield from (f"print  {line}" for line in told.printed)


def _short(value: object) -> str:
    text = orjson.dumps(value, default=str).decode()
    return text if len(text) <= 100 else f"{text[:97]}..."


def _document(reaches: list["Reach"], told: "Trace") -> Mapping[str, object]:
    return {
        "rules": [
            {
                "rule": reach.query.name,
                "ids": list(reach.query.ids),
                "file": reach.query.module.file,
                "line": reach.query.line,
                "inner": reach.query.inner,
                "held": reach.held,
                "failing": reach.failing and {"line": reach.failing.line, "text": reach.failing.text},
                "values": dict(reach.values),
            }
            for reach in reaches
        ],
        "printed": list(told.printed),
        "fault": told.fault,
    }
