"""``lictor policy backtest`` as it is called."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.policy.shipped import baseline
from gateway.testing.logs import write_log
from gateway.testing.traffic import Traffic


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log")
    write_log(path, Traffic(baseline(), seed=5).records(400))
    return path


@pytest.fixture(scope="module")
def stricter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("stricter") / "bundle"
    shutil.copytree(baseline(), path)
    data = path / "data.json"
    data.write_text(data.read_text().replace('"deny": 0.9', '"deny": 0.5'))
    return path


def _call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["policy", "backtest", "--workers", "1", *map(str, arguments)])


def test_the_bundle_in_force_passes_its_own_gate(log: Path) -> None:
    found = _call("--bundle", baseline(), "--log", log, "--max-new-deny", "1%", "--max-new-allow", "0")
    assert found.exit_code == 0, found.output
    assert "verdict: pass" in found.output


def test_a_stricter_one_does_not_and_every_form_is_written(log: Path, stricter: Path, tmp_path: Path) -> None:
    forms = {name: tmp_path / name for name in ("json", "html", "junit", "statement")}
    options = [part for name, path in forms.items() for part in (f"--{name}", path)]
    found = _call("--bundle", stricter, "--log", log, "--max-new-deny", "0.5%", *options)
    assert found.exit_code == 1, found.output
    document = json.loads(forms["json"].read_text())
    assert document["log"]["exchanges"] == 400
    assert document["options"] == {"max-new-deny": "0.5%", "min-exchanges": "100"}
    assert forms["html"].read_text().startswith("<!doctype html>")
    assert "<failure" in forms["junit"].read_text()
    assert json.loads(forms["statement"].read_text())["predicate"]["result"] == "FAILED"


def test_too_little_is_inconclusive(log: Path) -> None:
    window = ["--from", "2026-11-19", "--to", "2026-11-19T00:00:01+00:00"]
    found = _call("--bundle", baseline(), "--log", log, *window)
    assert found.exit_code == 3
    found = _call("--bundle", baseline(), "--log", log, "--min-exchanges", 500, "--max-new-allow", "0")
    assert found.exit_code == 3


def test_a_past_of_another_bundle_is_inconclusive(log: Path, stricter: Path) -> None:
    found = _call("--bundle", baseline(), "--against", stricter, "--log", log)
    assert found.exit_code == 3
    assert "no decision that could be made again" in found.output


CASES = """
- name: a suspicion of injection is only flagged
  phase: request
  input: {findings: [{category: injection, score: 0.6}]}
  expect: {answer: flag, rules: [injection.suspected], obligations: []}
- name: a greeting passes the whole gateway
  phase: request
  exchange: {request: {model: gpt-4.1, messages: [{role: user, content: Hello}]}}
  expect: {answer: allow}
"""


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("protected") / "cases"
    folder.mkdir()
    (folder / "cases.yaml").write_text(CASES)
    return folder


def test_protected_cases_hold(log: Path, protected: Path) -> None:
    found = _call("--bundle", baseline(), "--log", log, "--protected", protected)
    assert found.exit_code == 0, found.output
    assert "protected: a suspicion" in found.output


def test_a_protected_case_that_flips_is_named(log: Path, protected: Path, stricter: Path) -> None:
    found = _call("--bundle", stricter, "--log", log, "--protected", protected, "--json", "-")
    assert found.exit_code == 1, found.output
    failed = [check["name"] for check in json.loads(found.stdout)["checks"] if check["verdict"] == "fail"]
    assert failed == ["protected: a suspicion of injection is only flagged"]


def test_json_goes_to_the_pipe_alone(log: Path) -> None:
    found = _call("--bundle", baseline(), "--log", log, "--tenant", "acme", "--json", "-")
    assert json.loads(found.stdout)["window"]["tenants"] == ["acme"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--from", "yesterday"], "no date"),
        (["--max-new-deny", "0.5"], "limit"),
        (["--sweep", "settings.nothing=1:2:1"], "settings.nothing"),
        (["--sweep", "x"], "sweep"),
        (["--log", "/nowhere"], "nowhere"),
    ],
)
def test_wrong_usage_is_one_line(log: Path, options: list[str], said: str) -> None:
    found = _call("--bundle", baseline(), "--log", log, *options)
    assert found.exit_code == 2
    assert said in found.output
    assert "Traceback" not in found.output


def test_a_broken_bundle_is_named_with_its_line(log: Path, tmp_path: Path) -> None:
    (tmp_path / "a.rego").write_text("package lictor.request\n\ndeny contains {\n")
    found = _call("--bundle", tmp_path, "--log", log)
    assert found.exit_code == 2
    assert "a.rego:" in found.output


def test_a_broken_log_is_said_so(tmp_path: Path, log: Path) -> None:
    broken = tmp_path / "log"
    shutil.copytree(log, broken)
    next((broken / "tile" / "entries").rglob("000")).unlink()
    found = _call("--bundle", baseline(), "--log", broken)
    assert found.exit_code == 2
    assert "000" in found.output
