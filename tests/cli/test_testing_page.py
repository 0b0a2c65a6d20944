"""The how-to page on testing policies, followed to the letter."""

import re
from pathlib import Path

from click.testing import CliRunner, Result

from gateway.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "test-a-policy.md").read_text()


def lictor(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_its_cases_pass_in_a_new_bundle_and_are_counted_right(tmp_path: Path) -> None:
    root = tmp_path / "my-policy"
    assert lictor("policy", "init", root).exit_code == 0
    (cases,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    file = root / "cases" / "house" / "house.yaml"
    file.write_text(file.read_text() + "\n" + cases)
    result = lictor("policy", "test", root)
    assert result.exit_code == 0, result.output
    (told,) = re.findall(r"^\d+ passed, 0 failed$", PAGE, re.MULTILINE)
    assert result.stderr.strip() == told


def test_the_explanation_is_as_shown(tmp_path: Path) -> None:
    facts, shown = re.findall(r"echo '(.*?)' > facts.json\n\$ .*?\n(.*?)```", PAGE, re.DOTALL)[0]
    file = tmp_path / "facts.json"
    file.write_text(facts)
    said = lictor("policy", "explain", "--input", file).stdout
    for line in shown.splitlines():
        assert line == "…" or line in said.splitlines()
