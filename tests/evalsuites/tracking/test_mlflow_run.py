"""MLflow's file store for real, read back through its own client."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evalsuites.tracking.platforms import exporter
from evalsuites.tracking.record import tracked
from tests.evalsuites.tracking.conftest import POLICY

if TYPE_CHECKING:
    from mlflow import MlflowClient

pytest.importorskip("mlflow")


@pytest.fixture(scope="module")
def client(written: Path, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[MlflowClient]":
    place = tmp_path_factory.mktemp("mlflow").as_uri()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", place)
        patch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
        patch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
        assert exporter("mlflow")(tracked(written)).startswith(place)
        from mlflow import MlflowClient

        yield MlflowClient(tracking_uri=place)


def test_a_run_is_read_back(client: "MlflowClient") -> None:
    experiment = client.get_experiment_by_name("lictor-evals")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.data.params["policy"] == POLICY
    assert run.data.params["suites.manners"].startswith("sha256:")
    assert run.data.tags["lictor.word"] == "FAIL"
    assert run.data.tags["lictor.gates/broken"] == "fail"
    metrics = run.data.metrics
    assert metrics["rates/manners/polite/estimate"] == pytest.approx(58 / 59)
    assert metrics["gates/holds/low"] < metrics["gates/holds/estimate"] < metrics["gates/holds/high"]
    assert {one.path for one in client.list_artifacts(run.info.run_id)} == {"run.json", "statement.json"}
    kept = Path(client.download_artifacts(run.info.run_id, "run.json"))
    assert json.loads(kept.read_text())["manifest"]["policy"] == POLICY


def test_the_model_that_was_asked_has_the_metrics(client: "MlflowClient") -> None:
    experiment = client.get_experiment_by_name("lictor-evals")
    assert experiment is not None
    (model,) = client.search_logged_models([experiment.experiment_id])
    assert model.tags["lictor.model"] == "gemma-3:270m"
    assert str(model.status) == "READY"
    assert "rates/manners/polite/estimate" in {one.key for one in model.metrics or ()}
