"""``lictor policy explain``."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from gateway.cli.common import CONFIG, LOG, NOTHING, complaints, fail, log_path
from gateway.cli.policy.asked import Asked, from_file, from_log

if TYPE_CHECKING:
    from gateway.policy.explain import Explanation


@click.command()
@click.option("--exchange", help="Id of a recorded exchange: the header x-lictor-decision-id.")
@LOG
@click.option(
    "--input", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Facts (JSON)."
)
@click.option("--phase", type=click.Choice(["request", "response"]), help="Phase of the facts in --input.")
@click.option(
    "--bundle", type=click.Path(exists=True, path_type=Path), help="Bundle; without one, the baseline."
)
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="One JSON document for each phase, a line each.")
def explain(  # noqa: PLR0917 - one parameter an option
    exchange: str | None,
    log: str | None,
    file: Path | None,
    phase: str | None,
    bundle: Path | None,
    config: Path | None,
    *,
    as_json: bool,
) -> None:
    """Say why a decision is as it is, and how far it is from another one.

    The facts come from a record (--exchange) or from a file (--input), in which only what matters need be
    said. They are judged again by --bundle, which need not be the one that judged them first.
    """
    from gateway.policy.bundle import load
    from gateway.policy.shipped import baseline

    if (exchange is None) == (file is None):
        raise click.UsageError("give either --exchange or --input")
    with complaints():
        loaded = load(bundle or baseline())
        if file is not None:
            asked = [from_file(file, phase or "")]
        else:
            asked = from_log(log_path(config, log), str(exchange), loaded)
        if not asked:
            fail(f"no record of {exchange}", NOTHING)
        from gateway.policy.explain import document
        from gateway.policy.explain import explain as explained

        for one in asked:
            if one.phase == "plan":
                fail("a plan is not a decision: `lictor policy trace` shows its rules", 2)
            told = explained(loaded, one.phase, one.facts, one.planning)
            if as_json:
                extra = {"holes": list(one.holes), "recorded": one.recorded and one.recorded.answer.value}
                click.echo(orjson.dumps(document(told) | extra, default=str).decode())
            else:
                for line in _lines(one, told):
                    click.echo(line)


def _lines(asked: Asked, told: "Explanation") -> Iterator[str]:
    from gateway.policy.explain import sentences

    yield from sentences(told)
    if asked.recorded is not None and asked.recorded.answer is not told.decision.answer:
        yield f"Recorded at the time: {asked.recorded.answer.value}, by {asked.recorded.revision[:19]}."
    for hole in asked.holes:
        yield f"The record does not hold {hole}: what a rule makes of it here is no evidence."
    yield ""
