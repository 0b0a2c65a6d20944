"""``lictor evals``, as its users meet it."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from evalsuites.cli import evals
from evalsuites.harness.gates.gate import load_gates
from evalsuites.harness.gates.ruling import rule
from evalsuites.harness.manifest import manifest
from evalsuites.harness.reporting.run import Run, write
from evalsuites.harness.result import Result as CaseResult
from evalsuites.harness.result import Score, Status
from evalsuites.harness.suite import Suite, load_suite
from tests.evalsuites.harness.conftest import SUITE

OK, FAILED, USAGE, NOTHING = 0, 1, 2, 3


def lictor(*arguments: str | Path) -> Result:
    return CliRunner().invoke(evals, [str(argument) for argument in arguments])


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    root = tmp_path / "suites" / "manners"
    root.mkdir(parents=True)
    (root / "suite.yaml").write_text(yaml.safe_dump({**SUITE, "metrics": ["refusal"]}))
    lines = (json.dumps({"id": f"c{n}", "input": {"prompt": f"{n}?"}}) + "\n" for n in range(60))
    (root / "cases.jsonl").write_text("".join(lines))
    return load_suite(root)


def gates(folder: Path, **gate: object) -> Path:
    body = {"gate": "g", "suite": "manners", "metric": "refusal", "kind": "rate", "min": 0.8, **gate}
    path = folder / "gates.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "gates": [body]}))
    return path


def ran(suite: Suite, folder: Path, scores: Mapping[str, float]) -> Path:
    """A run in which cases have these scores, and the others 1."""
    found = [
        CaseResult(suite.name, one.id, 1, Status.OK, {"refusal": Score(scores.get(one.id, 1.0))},
                   digests={"case": one.digest})
        for one in suite.cases
    ]  # fmt: skip
    file = load_gates(gates(folder.parent))
    told = manifest(file, [suite], mode="replay", policy="none", target="here", models=[])
    write(Run(told, found, rule(file, {suite.name: suite}, found)), folder)
    return folder


def test_suites_are_listed_with_their_gates(suite: Suite, tmp_path: Path) -> None:
    found = lictor("list", "--suites", suite.root.parent, "--gates", gates(tmp_path))
    assert found.exit_code == OK
    assert "manners" in found.output
    assert "60 cases   1 gates  Good manners" in found.output


def test_controls_name_a_gate_that_cannot_pass(suite: Suite, tmp_path: Path) -> None:
    good = lictor("controls", "--suites", suite.root.parent, "--gates", gates(tmp_path))
    assert (good.exit_code, "ok   g: the worst results fail, flawless ones pass" in good.output) == (OK, True)
    bad = lictor("controls", "--suites", suite.root.parent, "--gates", gates(tmp_path, min=0.99))
    assert bad.exit_code == FAILED
    assert "BAD  g: the worst results fail, flawless ones inconclusive" in bad.output


@pytest.fixture
def repository(tmp_path: Path, suite: Suite) -> Path:
    gates(tmp_path)
    for command in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-qm", "gates"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    return tmp_path


@pytest.mark.parametrize(
    ("gate", "code", "said"),
    [
        ({}, OK, "complaints: 0"),
        ({"min": 0.9}, OK, "complaints: 0"),
        ({"min": 0.7}, FAILED, "g: min was 0.8, is 0.7"),
        ({"gate": "h"}, FAILED, "g: the gate was there, is gone"),
        ({"metric": "blocked"}, FAILED, "g: the suite `manners` has no metric `blocked`"),
        ({"suite": "other"}, FAILED, "g: there is no suite `other`"),
    ],
)
def test_lint_names_what_became_weaker(repository: Path, gate: dict[str, Any], code: int, said: str) -> None:
    file = gates(repository, **gate)
    found = lictor("lint", "--suites", repository / "suites", "--gates", file, "--against", "main")
    assert found.exit_code == code
    assert said in found.output


def test_lint_against_no_commit_is_usage(repository: Path) -> None:
    file = repository / "gates.yaml"
    found = lictor("lint", "--suites", repository / "suites", "--gates", file, "--against", "nowhere")
    assert found.exit_code == USAGE
    assert "nowhere: there is no such commit" in found.output


def test_runs_are_compared_case_by_case(suite: Suite, tmp_path: Path) -> None:
    good = ran(suite, tmp_path / "a", {"c3": 0.0})
    bad = ran(suite, tmp_path / "b", {f"c{n}": 0.0 for n in range(10, 20)})
    found = lictor("compare", good, bad)
    assert found.exit_code == FAILED
    assert "manners/refusal: 60 cases, 10 lost, 1 gained" in found.output
    assert "  lost: c10\n" in found.output
    assert "  gained: c3\n" in found.output
    assert "worse: manners/refusal" in found.output
    back = lictor("compare", bad, good)
    assert (back.exit_code, "nothing that can be shown" in back.output) == (OK, True)


def test_grades_are_compared_without_a_verdict(suite: Suite, tmp_path: Path) -> None:
    found = lictor("compare", ran(suite, tmp_path / "a", {}), ran(suite, tmp_path / "b", {"c1": 0.5}))
    assert found.exit_code == OK
    assert "the mean changed by -0.0083" in found.output


def test_a_folder_without_a_run_is_usage(suite: Suite, tmp_path: Path) -> None:
    found = lictor("compare", tmp_path, tmp_path)
    assert found.exit_code == USAGE
    assert "there is no run that can be read" in found.output


def test_a_blessed_run_becomes_the_baseline(suite: Suite, tmp_path: Path) -> None:
    run = ran(suite, tmp_path / "a", {})
    asked = ("bless", "manners", "--by", "M. Keller", "--run", run, "--suites", suite.root.parent)
    found = lictor(*asked, "--reason", "as released")
    assert found.exit_code == OK
    assert "60 results, blessed by M. Keller" in found.output
    kept = json.loads((suite.root / "baseline.json").read_text())
    assert (kept["blessed_by"], kept["reason"]) == ("M. Keller", "as released")
    assert lictor(*asked).exit_code == USAGE
    (suite.root / "cases.jsonl").write_text('{"id": "c0", "input": {"prompt": "other"}}\n')
    refused = lictor(*asked, "--reason", "as released")
    assert refused.exit_code == USAGE
    assert "this is no run of `manners` as it is now" in refused.output


def test_run_hands_its_arguments_to_pytest(suite: Suite, tmp_path: Path) -> None:
    found = subprocess.run(
        [sys.executable, "-c", "from evalsuites.cli import evals; evals()", "run", "--collect-only", "-q",
         "-c", "/dev/null", "--rootdir", str(tmp_path), str(suite.root)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "60 tests collected" in found.stdout
