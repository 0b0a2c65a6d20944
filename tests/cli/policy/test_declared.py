"""``lictor policy check`` on folders of guards and rails."""

import importlib.util
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.policy.shipped import shipped
from tests.detect.nemo.folders import CONFIG, RAILS, folder

pytestmark = [
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, ("nemoguardrails", "guardrails", "guardrails_ai"))),
        reason="nemoguardrails, guardrails-ai or its validators are not installed",
    ),
    pytest.mark.filterwarnings("default"),
]


def check(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["policy", "check", *map(str, arguments)])


def test_what_ships_is_in_order() -> None:
    done = check("--guards", shipped() / "guardrails", "--rails", shipped() / "nemo")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.endswith("in order\n")


def test_every_folder_is_told_about(tmp_path: Path) -> None:
    rails = tmp_path / "rails"
    rails.mkdir()
    folder(rails, "good", config=CONFIG, rails=RAILS)
    folder(rails, "code", config=CONFIG, rails=RAILS).joinpath("actions.py").write_text("")
    folder(rails, "torn", config=CONFIG, rails=RAILS + "\ndefine subflow x\n  ??? !\n")
    guards = tmp_path / "guards"
    guards.mkdir()
    (guards / "a.yaml").write_text("guard: a\nvalidators:\n  - use: os:system\n")
    done = check("--guards", guards, "--rails", rails)
    assert done.exit_code == 1
    told = done.stdout.splitlines()
    assert [line.partition(": ")[0].removeprefix(f"{tmp_path}/") for line in told] == [
        "guards/a.yaml:3",
        "rails/code/actions.py:1",
        "rails/torn/rails.co:20",
    ]


def test_a_bundle_can_be_checked_beside_them(tmp_path: Path) -> None:
    path = folder(tmp_path, config=CONFIG, rails=RAILS)
    done = check(shipped() / "baseline", "--rails", path)
    assert (done.exit_code, done.stdout) == (0, "")
    assert str(shipped() / "baseline") in done.stderr
