"""The how-to page, followed to the letter."""

import json
import re
import shutil
from pathlib import Path

import pytest

import gateway.policy
from gateway.policy.check import check
from gateway.policy.shipped import baseline
from tests.policy.bundles import run_tests

PAGE = (Path(gateway.policy.__file__).parents[2] / "docs" / "how-to" / "first-rule.md").read_text()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    root = tmp_path / "my-policy"
    shutil.copytree(baseline(), root)
    rule, test = re.findall(r"```rego\n(.*?)```", PAGE, re.DOTALL)
    (added,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    folder = root / "lictor" / "request"
    (folder / "temperature.rego").write_text(rule)
    (folder / "temperature_test.rego").write_text(test)
    data = json.loads((root / "data.json").read_text())
    data["settings"] |= json.loads(added)["settings"]
    (root / "data.json").write_text(json.dumps(data))
    return root


def test_the_rule_is_in_order(bundle: Path) -> None:
    assert check(bundle) == []


def test_its_tests_pass(bundle: Path) -> None:
    results = run_tests(bundle, "temperature")
    assert len(results) == 2
    assert all(result.passed for result in results)


def test_the_suggested_mistake_is_found(bundle: Path) -> None:
    path = bundle / "lictor" / "request" / "models.rego"
    path.write_text(path.read_text().replace("input.exchange.model if", "input.exchange.modle if"))
    (complaint,) = check(bundle)
    assert "did you mean `model`?" in complaint.message
