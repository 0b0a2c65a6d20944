"""The files for CI systems, run as far as that goes without those systems: their own commands, in a clone."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from tests.evalsuites.recorded import record, write

ROOT = Path(__file__).parents[2]
CI = ROOT / "docs" / "ci"
PLACES = {"suites": "evals/suites", "gates": "evals/gates.yaml", "config": "evals/lictor.toml",
          "recordings": "evals/recordings"}  # fmt: skip


def sh(command: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """As runners do: bash that stops at the first command that fails. `lictor` is the one under test."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        **more,
    }
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with suites, gates and recordings, on its main branch."""
    folder = tmp_path_factory.mktemp("origin")
    write(folder / "evals", 12)
    record(folder / "evals")
    name = "-c user.name=a -c user.email=a@example.org"
    done = sh(f"git init -q -b main && git add . && git {name} commit -qm gates", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def clone(origin: Path, tmp_path: Path) -> Path:
    assert sh(f"git clone -q {shlex.quote(str(origin))} clone", tmp_path).returncode == 0
    return tmp_path / "clone"


def read(name: str) -> Any:  # noqa: ANN401 - YAML
    return yaml.safe_load((CI / name).read_text())


def steps(given: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    """The shell steps of the composite action and their variables, its expressions filled in."""
    action = read("action.yml")
    assert action["runs"]["using"] == "composite"
    inputs = {**{name: one["default"] for name, one in action["inputs"].items()}, **given}
    filled = yaml.safe_load(
        re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: inputs[found[1]], yaml.safe_dump(action["runs"]))
    )
    assert "${{" not in str(filled)
    found = []
    for step in filled["steps"]:
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])
            assert step["with"]["path"] == inputs["out"]
        elif step.get("if") != "inputs.against != ''" or inputs["against"]:
            assert (step["shell"], step.get("if")) == ("bash", step.get("if"))
            found.append((step["run"], step.get("env", {})))
    return found


def test_the_action_runs_and_leaves_its_reports(clone: Path) -> None:
    for command, environment in steps(PLACES):
        done = sh(command, clone, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
    assert {"report.html", "gates.xml", "run.json"} <= {one.name for one in (clone / "var/evals").iterdir()}


def test_the_action_stops_at_a_gate_that_became_weaker(clone: Path) -> None:
    write(clone / "evals", 12, min=0.1)
    lint, *rest = steps(PLACES)
    done = sh(lint[0], clone, **lint[1])
    assert done.returncode == 1
    assert "g: min was 0.5, is 0.1" in done.stdout
    assert len(steps({**PLACES, "against": ""})) == len(rest)


def test_the_gitlab_job_runs_and_leaves_what_it_names(clone: Path) -> None:
    job = read("gitlab.yml")["release-gates"]
    install, *before = job["before_script"]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for word in shlex.split(install.removeprefix("pip install ")):
        requirement = Requirement(word)
        assert requirement.name in {"lictor", "pytest"}
        assert requirement.extras <= set(extras)
    for command in [*before, *job["script"]]:
        done = sh(command, clone, CI_DEFAULT_BRANCH="main")
        assert done.returncode == 0, done.stdout + done.stderr
    for path in [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]:
        assert (clone / path).exists()


def test_the_hook_for_pre_commit_passes_and_fails_as_it_says(clone: Path) -> None:
    ((hook,),) = [one["hooks"] for one in read("pre-commit-config.yaml")["repos"]]
    assert (hook["language"], hook["pass_filenames"]) == ("system", False)
    assert re.search(hook["files"], "evals/gates.yaml")
    assert sh(hook["entry"], clone).returncode == 0
    write(clone / "evals", 12, min=0.1)
    assert sh(hook["entry"], clone).returncode == 1
