"""Models that are required to have passed their gates: by the digest of what was loaded."""

import json
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.detect.onnx.assemble import NEEDED, Options, listed
from gateway.policy.dsse import sign
from gateway.policy.keyring import generate, write_pair
from gateway.server.models import models
from gateway.server.settings import ClassifierSettings

for needed in NEEDED:
    pytest.importorskip(needed)
KEY = generate("EdDSA")


@pytest.fixture
def settings(tmp_path: Path) -> ClassifierSettings:
    write_pair(tmp_path / "evals.pem", KEY)
    required = {
        "keys": [{"id": "evals", "path": str(tmp_path / "evals.pem.pub")}],
        "statements": [tmp_path / "models.intoto.jsonl"],
    }
    return ClassifierSettings.model_validate({"enabled": True, "require_gate": required})


def statement(*digests: str) -> bytes:
    told = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "classifier", "digest": {"sha256": digest}} for digest in digests],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {"result": "PASSED", "configuration": []},
    }
    return sign(json.dumps(told).encode(), KEY, "evals")


def test_a_model_runs_where_it_has_passed(settings: ClassifierSettings, tmp_path: Path) -> None:
    digests = [model.digest for model in listed(Options())]
    (tmp_path / "models.intoto.jsonl").write_bytes(statement(*digests))
    installed = models(settings, {})
    assert [status.model.digest for status in installed.statuses] == digests
    installed.close()


@pytest.mark.parametrize("others", [(), ("ab" * 32,)])
def test_a_model_without_a_statement_is_refused_by_name(
    settings: ClassifierSettings, tmp_path: Path, others: tuple[str, ...]
) -> None:
    if others:
        (tmp_path / "models.intoto.jsonl").write_bytes(statement(*others))
    with pytest.raises(ConfigError, match=r"gate_missing.*the model guard-minilm-l6"):
        models(settings, {})
