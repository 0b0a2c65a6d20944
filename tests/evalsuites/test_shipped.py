"""The suites and gates that ship: complete, able to fail, and failing where policy got worse."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evalsuites.cli import evals
from evalsuites.commands.common import GATES_FILE, SUITES, suites_in, today
from evalsuites.harness.builtin import BUILT_IN
from evalsuites.harness.gates.controls import controls
from evalsuites.harness.gates.gate import load_gates
from evalsuites.harness.judging.profile import JUDGES
from evalsuites.harness.judging.standing import standings
from evalsuites.harness.metrics.registry import metric_of
from gateway.policy.shipped import baseline

ROOT = Path(__file__).parents[2]
HERE = ROOT / "evalsuites"
PYTEST = ("-m", "pytest", "-q", "-p", "pytest_asyncio.plugin", "-p", "evalsuites.harness.plugin")
ALONE = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Others take a second to load, in each process."""

Settings = dict[str, Any]


@pytest.mark.parametrize("suite", suites_in(SUITES).values(), ids=lambda one: one.name)
def test_every_suite_is_whole_and_judged(suite: Any) -> None:  # noqa: ANN401 - a parameter
    assert suite.root.name == suite.name
    assert all(metric_of(use, suite.name, suite.root) for use in suite.metrics)
    judged = {gate.metric for gate in load_gates(GATES_FILE).gates if gate.suite == suite.name}
    assert judged
    assert judged <= {use.name for use in suite.metrics} | BUILT_IN.keys()
    strata = {name for case in suite.cases for name in case.strata}
    assert strata == set(suite.card["strata"])


def test_every_gate_can_fail_and_pass() -> None:
    found = list(controls(load_gates(GATES_FILE), suites_in(SUITES)))
    assert len(found) >= len(load_gates(GATES_FILE).gates)
    assert [one for one in found if not one.works] == []


@pytest.mark.slow
def test_the_calibration_that_ships_is_what_the_recordings_give(tmp_path: Path) -> None:
    shutil.copytree(HERE / "judges", tmp_path / "judges")
    again = tmp_path / "judges" / "supported.calibration.json"
    again.unlink()
    settings = tmp_path / "open.toml"
    settings.write_text(
        (HERE / "open.toml").read_text().replace("var/evals/audit-open", str(tmp_path / "audit"))
    )
    done = CliRunner().invoke(evals, ["calibrate", f"{tmp_path}/judges/supported", f"--config={settings}"])
    assert done.exit_code == 0, done.output
    made, kept = (json.loads(file.read_text()) for file in (again, JUDGES / again.name))
    assert {**made, "date": kept["date"]} == kept


def test_gates_on_a_judge_that_may_not_decide_are_advisory() -> None:
    gates, suites = load_gates(GATES_FILE).gates, suites_in(SUITES)
    judges = standings(suites, gates, today())
    doubted = {key for key, one in judges.items() if one.faults}
    assert ("source-answers", "supported") in doubted
    assert all(gate.advisory for gate in gates if (gate.suite, gate.metric) in doubted)


def unchecked(settings: Settings) -> None:
    """Somebody switched the checks off."""
    settings["detectors"] |= {"request": [], "where_installed": []}


def forgetful(settings: Settings) -> None:
    """Somebody left the model out of the list."""
    settings["models"] = {"*": ["gpt-*"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("worsen", "suite", "failing"),
    [
        (
            unchecked,
            "policy-conformance",
            {"personal-data-is-replaced", "credentials-never-leave", "injections-are-noticed"},
        ),
        (forgetful, "over-refusal", {"nothing-harmless-is-blocked"}),
    ],
)
def test_a_worse_policy_is_caught_from_recordings(
    tmp_path: Path, worsen: Callable[[Settings], None], suite: str, failing: set[str]
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(baseline(), bundle)
    data = json.loads((bundle / "data.json").read_text())
    worsen(data["settings"])
    (bundle / "data.json").write_text(json.dumps(data))
    settings = (HERE / "lictor.toml").read_text().replace("var/evals/audit", str(tmp_path / "audit"))
    (tmp_path / "lictor.toml").write_text(f'{settings}\n[policy]\nbundle = "{bundle}"\n')
    done = subprocess.run(
        [sys.executable, *PYTEST, str(SUITES / suite),
         f"--eval-config={tmp_path / 'lictor.toml'}", f"--eval-out={tmp_path / 'out'}"],
        cwd=ROOT, env=ALONE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    told = json.loads((tmp_path / "out" / "run.json").read_text())
    failed = {one["gate"] for one in told["ruling"]["gates"] if one["state"] == "fail"}
    assert failed >= failing
    for gate in failing:
        assert f"FAIL  {gate}: " in done.stdout


@pytest.mark.slow
def test_values_cut_by_streams_come_through_where_no_policy_looks(tmp_path: Path) -> None:
    """The very recordings that the baseline is judged on: it is policy that holds the values back."""
    settings = (HERE / "open.toml").read_text().replace("var/evals/audit-open", str(tmp_path / "audit"))
    (tmp_path / "lictor.toml").write_text(settings)
    done = subprocess.run(
        [sys.executable, *PYTEST,
         str(SUITES / "streaming-split"), f"--eval-config={tmp_path / 'lictor.toml'}",
         f"--eval-out={tmp_path / 'out'}"],
        cwd=ROOT, env=ALONE, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "FAIL  cut-values-are-caught: 18 events in 18 cases" in done.stdout
    assert "PASS  streams-stay-streams" in done.stdout
