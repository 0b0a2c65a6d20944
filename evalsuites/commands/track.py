"""``lictor evals track``."""

import sys
from pathlib import Path

import click

from evalsuites.commands.common import SUITES, faults
from evalsuites.harness.faults import UsageFault
from evalsuites.tracking.platforms import PLATFORMS, TIMEOUT_S, tell
from evalsuites.tracking.record import tracked
from gateway.cli.common import FAILED

CARD = "model-card"


@click.command()
@click.argument("run", metavar="RUN.json", type=click.Path(exists=True, path_type=Path))
@click.argument("card", metavar="[FILE.md]", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to", "platforms", multiple=True, required=True, type=click.Choice([*PLATFORMS, CARD]))
@click.option("--content", is_flag=True, help="Let texts leave too: what was asked, and reasons of scores.")
@click.option(
    "--suites",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=SUITES,
    help="Folder with the suites that were run, for --content; else the one that ships.",
)
@click.option(
    "--timeout", type=click.FloatRange(1), default=TIMEOUT_S, show_default=True, help="Seconds for each."
)
@click.option("--name", default="", help="The model's name in the card's index.")
def track(  # noqa: PLR0913 - one argument an option
    run: Path,
    card: Path | None,
    platforms: tuple[str, ...],
    suites: Path,
    *,
    content: bool,
    timeout: float,
    name: str,
) -> None:
    r"""Tell a run that was written to platforms that people watch.

    \b
    lictor evals track var/evals/run.json --to wandb --to mlflow
    lictor evals track var/evals/run.json --to model-card README.md

    No text of a prompt or answer leaves without --content. Exit code 1 where a platform could not be told.
    """
    folder = run if run.is_dir() else run.parent
    with faults():
        if (card is None) is (CARD in platforms):
            raise UsageFault("--to", f"{CARD} goes with the name of a file, and only it does")
        known = tracked(folder)
        if card is not None:
            from evalsuites.tracking.model_card import update

            click.echo(f"{CARD}: {update(card, known, name)} suites in {card}")
    asked = [one for one in dict.fromkeys(platforms) if one != CARD]
    told = [tell(one, folder, content=content, suites=suites, timeout_s=timeout) for one in asked]
    for one in told:
        click.echo(
            f"{one.platform}: {one.said}" if one.ok else f"{one.platform}: not told: {one.said}",
            err=not one.ok,
        )
    sys.exit(0 if all(one.ok for one in told) else FAILED)
