"""Weights & Biases: a run with digests as configuration, gates and rates as summary, cases as a table.

Where it goes is the user's choice: ``WANDB_MODE``, ``WANDB_PROJECT``, ``WANDB_ENTITY``, ``WANDB_DIR``. With
no key it is kept offline, to be sent later with ``wandb sync``. What wandb would gather by itself, of machine
and code, is switched off: a run says what its record says.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from evalsuites.tracking.rates import rates
from evalsuites.tracking.record import Tracked

COLUMNS = ("suite", "case", "epoch", "status", "metric", "value", "tokens", "milliseconds", "decisions")
CONTENT = ("reason", "input")


def export(run: Tracked) -> str:
    """Tell it; where the run is now."""
    import wandb

    quiet = wandb.Settings(
        console="off",
        silent=True,
        save_code=False,
        disable_git=True,
        x_disable_meta=True,
        x_disable_stats=True,
    )
    with wandb.init(
        project=os.environ.get("WANDB_PROJECT", "lictor-evals"),
        job_type="evaluation",
        name=run.name,
        config=dict(run.digests()),
        dir=os.environ.get("WANDB_DIR", str(run.folder)),
        mode=None if _decided() else "offline",
        settings=quiet,
    ) as told:
        told.summary.update(dict(summary(run)))
        told.log({"cases": wandb.Table(columns=list(_columns(run)), data=[*rows(run)])})
        artifact = wandb.Artifact(f"run-{told.id}", type="evaluation")
        for file in run.files:
            artifact.add_file(str(file))
        told.log_artifact(artifact)
    return told.url or str(told.settings.sync_dir)


def summary(run: Tracked) -> Iterator[tuple[str, Any]]:
    """The answer, and every gate and rate with its interval."""
    yield "word", run.ruling["word"]
    yield "exit_code", run.ruling["exit_code"]
    for gate in run.gates:
        yield f"gates/{gate['gate']}/state", gate["state"]
        if "estimate" in gate:
            yield from _numbers(f"gates/{gate['gate']}", gate["estimate"], gate["interval"])
    for rate in rates(run.results):
        yield from _numbers(f"rates/{rate.name}", rate.estimate, rate.interval)


def rows(run: Tracked) -> Iterator[list[Any]]:
    """One row for each case, epoch and metric; one without a metric where nothing was measured."""
    for one in run.results:
        rest = (one.tokens, one.milliseconds, " ".join(one.decisions))
        for metric in sorted(one.scores) or [""]:
            score = one.scores.get(metric)
            row = [one.suite, one.case, one.epoch, one.status.value, metric, score and score.value, *rest]
            texts = [run.reason(one, metric) or one.reason, run.inputs.get((one.suite, one.case), "")]
            yield [*row, *texts] if run.content else row


def _numbers(name: str, estimate: float, interval: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    named: Mapping[str, float | None] = {"estimate": estimate, "low": interval[0], "high": interval[1]}
    for what, value in named.items():
        if value is not None:
            yield f"{name}/{what}", value


def _columns(run: Tracked) -> tuple[str, ...]:
    return (*COLUMNS, *CONTENT) if run.content else COLUMNS


def _decided() -> bool:
    """Whether the user has said where runs go, by a mode or by a key."""
    import wandb

    return bool(os.environ.get("WANDB_MODE") or os.environ.get("WANDB_API_KEY") or wandb.api.api_key)
