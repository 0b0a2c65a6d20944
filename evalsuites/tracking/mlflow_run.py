"""MLflow: digests as parameters, gates and rates as metrics, a logged model for each model asked.

Where it goes is the user's choice (``MLFLOW_TRACKING_URI``, ``MLFLOW_EXPERIMENT_NAME``); without one it is
kept in files, in ``mlruns`` beside the run. MLflow no longer extends that store and wants to be told that it
is meant; its databases need the whole of MLflow, and a server needs nothing here.
"""

import os
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evalsuites.tracking.rates import rates
from evalsuites.tracking.record import Tracked

if TYPE_CHECKING:
    from mlflow import MlflowClient

_PARAMETER = 6000
"""MLflow refuses longer values of parameters."""


def export(run: Tracked) -> str:
    """Tell it; where the run is now."""
    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")
    from mlflow import MlflowClient

    place = os.environ.get("MLFLOW_TRACKING_URI") or (run.folder / "mlruns").resolve().as_uri()
    client = MlflowClient(tracking_uri=place)
    experiment = _experiment(client)
    told: str = client.create_run(experiment, run_name=run.name, tags=_tags(run)).info.run_id
    models = [_model(client, experiment, told, name) for name in run.manifest["models"]]
    _log(client, told, run, models)
    for file in run.files:
        client.log_artifact(told, str(file))
    for model in models:
        client.finalize_logged_model(model, "READY")
    client.set_terminated(told, "FINISHED")
    return f"{place} run {told}"


def metrics(run: Tracked) -> Iterator[tuple[str, float]]:
    """Every gate and rate with its interval. MLflow knows numbers only: a gate's state is a tag."""
    for gate in run.gates:
        if "estimate" in gate:
            low, high = gate["interval"]
            named = {"estimate": gate["estimate"], "low": low, "high": high}
            yield from (
                (f"gates/{_key(gate['gate'])}/{name}", v) for name, v in named.items() if v is not None
            )
    for rate in rates(run.results):
        named = {"estimate": rate.estimate, "low": rate.interval.low, "high": rate.interval.high}
        yield from ((f"rates/{_key(rate.name)}/{name}", value) for name, value in named.items())


def _log(client: "MlflowClient", told: str, run: Tracked, models: list[str]) -> None:
    from mlflow.entities import Metric, Param

    at = time.time_ns() // 1_000_000
    parameters = [Param(_key(name), value[:_PARAMETER]) for name, value in run.digests().items()]
    found = [Metric(name, value, at, 0) for name, value in metrics(run)]
    client.log_batch(told, params=parameters)
    for start in range(0, len(found), 1000):  # as many as the server takes at once
        client.log_batch(told, metrics=found[start : start + 1000])
    for model in models:
        for one in found:
            client.log_metric(told, one.key, one.value, timestamp=at, model_id=model)


def _tags(run: Tracked) -> dict[str, str]:
    states = {f"gates/{_key(gate['gate'])}": str(gate["state"]) for gate in run.gates}
    answer = {
        "word": run.ruling["word"],
        "exit_code": str(run.ruling["exit_code"]),
        "policy": run.manifest["policy"],
    }
    return {f"lictor.{name}": value for name, value in {**answer, **states}.items()}


def _model(client: "MlflowClient", experiment: str, told: str, name: str) -> str:
    """A logged model that stands for the model that was asked; its weights are elsewhere."""
    model = client.create_logged_model(
        experiment, name=_key(name).replace("/", "-").replace(".", "-").replace(":", "-"), source_run_id=told,
        tags={"lictor.model": name}, model_type="llm",
    )  # fmt: skip
    return str(model.model_id)


def _experiment(client: "MlflowClient") -> str:
    name = os.environ.get("MLFLOW_EXPERIMENT_NAME", "lictor-evals")
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found else client.create_experiment(name))


def _key(name: str) -> str:
    """A name in the letters that MLflow takes for keys."""
    return "".join(letter if letter.isalnum() or letter in "_-./ :" else "_" for letter in name)
