"""From a run to a promotion: what was not shown to pass its gates is refused, by name, and on record."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.audit.reader import records
from gateway.cli import main
from gateway.core.errors import ConfigError
from gateway.policy.bundle import load
from gateway.policy.dsse import sign
from gateway.policy.keyring import generate, write_pair
from gateway.policy.store import Store
from gateway.server.run import application
from gateway.server.settings import PolicySettings
from gateway.server.trust import trust

KEY = generate("ES256")
RULE = 'package lictor.request\n\nflag contains {"rule": "house.%s", "reason": "x"} if true\n'
PLAN = "package lictor.plan\n\ndetectors contains name if some name in input.installed\n"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command of the rollout where a gate is required, on a store that begins with `first`."""
    written(tmp_path / "first", "first")
    write_pair(tmp_path / "evals.pem", KEY)
    (tmp_path / "first.intoto.jsonl").write_bytes(statement(tmp_path / "first"))
    (tmp_path / "lictor.toml").write_text(f"""
[policy]
store = "{tmp_path}/store"
bundle = "{tmp_path}/first"
[policy.require_gate]
gates = ["credentials"]
max_age_days = 30
[[policy.require_gate.keys]]
id = "evals"
path = "{tmp_path}/evals.pem.pub"
[audit]
path = "{tmp_path}/audit"
[classifiers]
enabled = false
""")

    def run(*words: str) -> Result:
        rest = ("--approver", "Ann", "--reason", "a test", "--config", str(tmp_path / "lictor.toml"))
        return CliRunner().invoke(main, ["policy", *words, *rest])

    return run


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return written(tmp_path / "bundle", "second")


def written(folder: Path, rule: str) -> Path:
    folder.mkdir()
    (folder / "house.rego").write_text(RULE % rule)
    (folder / "plan.rego").write_text(PLAN)
    return folder


def statement(bundle: Path, result: str = "PASSED", days: float = 0.0) -> bytes:
    """A signed statement about a bundle, of a run so many days ago."""
    ended = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    digest = load(bundle).revision.removeprefix("sha256:")
    run = {"name": "run", "digest": {"sha256": "cd" * 32}, "annotations": {"finished": ended}}
    good, bad = ([], ["credentials"]) if result == "FAILED" else (["credentials"], [])
    told = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "policy", "digest": {"sha256": digest}}, run],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {"result": result, "configuration": [], "passedTests": good, "failedTests": bad},
    }
    return sign(json.dumps(told).encode(), KEY, "evals")


def told(tmp_path: Path, kind: str) -> list[dict[str, Any]]:
    return [record for _, record in records(tmp_path / "audit") if record["type"] == kind]


def test_what_passed_is_submitted_and_promoted_with_its_evidence(
    tmp_path: Path, run: Run, bundle: Path
) -> None:
    (tmp_path / "new.intoto.jsonl").write_bytes(statement(bundle))
    said = run("submit", str(bundle), "--attestation", str(tmp_path / "new.intoto.jsonl"))
    assert said.exit_code == 0, said.output
    revision = load(bundle).revision
    assert run("shadow", revision).exit_code == 0
    assert run("promote", revision, "--without-backtest", "a test").exit_code == 0
    first, _, last = told(tmp_path, "approval")
    assert first["evidence"]["gates"] == last["evidence"]["gates"]
    assert (first["evidence"]["gates_by"], last["action"]) == ("evals", "promote")


@pytest.mark.parametrize(
    ("result", "days", "rule"),
    [
        ("FAILED", 0, "gate_failed"),
        ("WARNED", 0, "gate_warned"),
        ("PASSED", 31, "gate_expired"),
        ("", 0, "gate_missing"),
    ],
)
def test_what_did_not_pass_is_refused_and_on_record(  # noqa: PLR0917 - parametrised
    tmp_path: Path, run: Run, bundle: Path, result: str, days: float, rule: str
) -> None:
    body = statement(bundle, result, days) if result else statement(tmp_path / "first")
    (tmp_path / "new.intoto.jsonl").write_bytes(body)
    said = run("submit", str(bundle), "--attestation", str(tmp_path / "new.intoto.jsonl"))
    assert said.exit_code == 1
    assert rule in said.output
    (record,) = told(tmp_path, "bundle")
    assert (record["accepted"], rule in record["reason"], record["source"]) == (False, True, str(bundle))
    assert told(tmp_path, "approval") == []
    assert len(Store(tmp_path / "store").revisions()) == 1


def test_a_statement_beside_the_bundle_is_enough(tmp_path: Path, run: Run, bundle: Path) -> None:
    (tmp_path / "bundle.intoto.jsonl").write_bytes(statement(bundle))
    assert run("shadow", str(bundle)).exit_code == 0
    (tmp_path / "bundle.intoto.jsonl").unlink()
    assert run("promote", load(bundle).revision, "--without-backtest", "a test").exit_code == 0


def test_a_statement_that_is_gone_or_too_old_stops_the_promotion_until_it_is_renewed(
    tmp_path: Path, run: Run, bundle: Path
) -> None:
    (tmp_path / "new.intoto.jsonl").write_bytes(statement(bundle))
    run("submit", str(bundle), "--attestation", str(tmp_path / "new.intoto.jsonl"))
    revision = load(bundle).revision
    run("shadow", revision)
    kept = tmp_path / "store" / "statements" / f"{revision[7:]}.intoto.jsonl"
    kept.write_bytes(statement(bundle, days=40))
    promote = ("promote", revision, "--without-backtest", "a test")
    assert "gate_expired" in run(*promote).output
    (tmp_path / "worse.intoto.jsonl").write_bytes(statement(bundle, "FAILED"))
    assert "gate_failed" in run("attest", revision, str(tmp_path / "worse.intoto.jsonl")).output
    assert run("attest", revision, str(tmp_path / "new.intoto.jsonl")).exit_code == 0
    assert run(*promote).exit_code == 0
    assert [one["action"] for one in told(tmp_path, "approval")][-2:] == ["attest", "promote"]
    assert len(kept.read_bytes().splitlines()) == 2


def test_a_start_is_refused_and_on_record(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "first.intoto.jsonl").write_bytes(statement(tmp_path / "first", "FAILED"))
    monkeypatch.setenv("LICTOR_CONFIG", str(tmp_path / "lictor.toml"))
    with pytest.raises(ConfigError, match="gate_failed"):
        application()
    (record,) = told(tmp_path, "bundle")
    assert record["accepted"] is False
    assert record["reason"].startswith("start refused: ")


def test_settings_say_whose_word_counts(tmp_path: Path) -> None:
    def asked(**key: object) -> PolicySettings:
        return PolicySettings.model_validate({"require_gate": {"keys": [{"id": "evals", **key}]}})

    with pytest.raises(ConfigError, match=r"policy\.require_gate\.keys\.evals: name either"):
        trust(asked(), os.environ)
    with pytest.raises(ConfigError, match=r"policy\.require_gate\.keys\.evals\.path"):
        trust(asked(path=str(tmp_path / "none")), os.environ)
    with pytest.raises(ValueError, match="keys"):
        PolicySettings.model_validate({"require_gate": {"keys": []}})
