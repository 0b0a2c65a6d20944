"""``lictor evals calibrate``."""

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import click

from evalsuites.commands.common import faults, today
from evalsuites.harness.gates.gate import Budget
from evalsuites.harness.judging import calibration
from evalsuites.harness.judging.bench import Bench
from evalsuites.harness.judging.calibrating import calibrated
from evalsuites.harness.judging.labels import load_labels
from evalsuites.harness.judging.profile import profile_named
from evalsuites.harness.options import HERE, MODES, Options, target_of
from evalsuites.harness.spending import Spending, read_prices
from gateway.cli.common import fail, say

INFRASTRUCTURE = 4


@click.command()
@click.argument("judge")
@click.option("--labels", type=click.Path(path_type=Path), help="JSON Lines; else those beside the profile.")
@click.option("--mode", type=click.Choice(MODES), default="replay-or-fail", help="Whom to ask, as in runs.")
@click.option(
    "--config", type=click.Path(path_type=Path), default=HERE / "open.toml", help="Settings of the gateway."
)
@click.option("--recordings", type=click.Path(path_type=Path), default=HERE / "recordings")
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0.1),
    default=120.0,
    help="Seconds an answer may take.",
)
@click.option(
    "--tokens", type=click.IntRange(min=1), help="How many may be spent; none is written where it is more."
)
@click.option("--prices", type=click.Path(path_type=Path), help="Dollars for a million tokens, by model.")
def calibrate(  # noqa: PLR0913, PLR0917 - one for each option
    judge: str,
    labels: Path | None,
    mode: str,
    config: Path,
    recordings: Path,
    timeout_s: float,
    tokens: int | None,
    prices: Path | None,
) -> None:
    """Hold JUDGE against labels that people gave, and write how often it errs.

    JUDGE is one that ships, or the path of a profile without `.yaml`. Writes `JUDGE.calibration.json` beside
    the profile, to be committed; nothing where even one label could not be judged for want of an answer.
    """
    with faults(), ExitStack() as stack:
        profile = profile_named(judge, Path(), "JUDGE")
        file = labels or calibration.labels_of(profile)
        known = load_labels(file, profile)
        options = Options(mode, HERE, "", config, config, HERE, recordings, prices, timeout_s)
        spending = Spending(Budget(tokens=tokens), read_prices(prices) if prices else {})
        bench = Bench(cache(lambda: target_of(options, stack)), spending, timeout_s)
        found = calibrated(bench, profile, known, file=_seen_from(profile.file, file), on=today())
    for line in found.said:
        say(line)
    if found.document is None:
        fail("nothing was written", INFRASTRUCTURE)
    calibration.write(found.document, calibration.file_of(profile))
    for line in _summary(found.document):
        click.echo(line)
    click.echo(str(calibration.file_of(profile)))
    sys.exit(0)


def _seen_from(profile: Path, labels: Path) -> str:
    return Path(os.path.relpath(labels.resolve(), profile.resolve().parent)).as_posix()


def _summary(document: Mapping[str, Any]) -> list[str]:
    counts, labels = document["counts"], document["labels"]
    told = [f"{name:<10} {_rate(rate)}" for name, rate in document["rates"].items()]
    strata = [
        f"  {name} {value}: agrees {_rate(seen['agreement'])}, abstains from {seen['counts']['abstained']}"
        for name, values in document["strata"].items()
        for value, seen in values.items()
    ]
    alike = f"{document['unanimous']} with all repeats alike"
    return [f"{labels['count']} labels, {counts['abstained']} abstained, {alike}", *told, *strata]


def _rate(rate: Mapping[str, float] | None) -> str:
    return (
        "nothing to say it of"
        if rate is None
        else f"{rate['estimate']:.3f} ({rate['low']:.3f} to {rate['high']:.3f})"
    )
