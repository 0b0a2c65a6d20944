"""``lictor policy init`` and ``add``: bundles that are in order at once, and whose edits are safe."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.policy import shipped

OK, FAILED, USAGE = 0, 1, 2
PACKS = list(shipped.packs())


def lictor(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def made(root: Path, *options: str) -> Path:
    result = lictor("policy", "init", root, *options)
    assert result.exit_code == OK, result.output
    return root


@pytest.fixture
def policies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of everything that ships, to change as a new release would."""
    copy = tmp_path / "shipped"
    shutil.copytree(shipped.baseline().parent, copy)
    monkeypatch.setattr(shipped, "shipped", lambda: copy)
    return copy


@pytest.mark.parametrize("options", [(), ("--bare",), tuple(f"--pack={name}" for name in PACKS)])
def test_a_new_bundle_is_in_order_at_once(tmp_path: Path, options: tuple[str, ...]) -> None:
    root = made(tmp_path / "new", *options)
    assert lictor("policy", "check", root).exit_code == OK
    result = lictor("policy", "test", root)
    assert result.exit_code == OK, result.output
    assert (root / "README.md").read_text().startswith("# Policy bundle\n")


def test_the_first_rule_is_tested_to_the_border(tmp_path: Path) -> None:
    root = made(tmp_path / "new", "--bare")
    result = lictor("policy", "test", root, "--min-coverage", "100%", "--mutate-min", "100%")
    assert result.exit_code == OK, result.output


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    root.mkdir()
    (root / "precious").write_text("x")
    result = lictor("policy", "init", root)
    assert result.exit_code == USAGE
    assert "nothing was written" in result.stderr
    assert [path.name for path in root.iterdir()] == ["precious"]


def test_an_empty_folder_may_be_there(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    made(tmp_path / "new", "--bare")


def test_a_pack_that_there_is_not_leaves_nothing_behind(tmp_path: Path) -> None:
    result = lictor("policy", "init", tmp_path / "new", "--pack", "hippa")
    assert result.exit_code == USAGE
    assert "there is no policy pack `hippa`" in result.stderr
    assert list(tmp_path.iterdir()) == []
    assert lictor("policy", "init", tmp_path / "new", "--bare", "--pack", PACKS[0]).exit_code == USAGE


def test_own_rules_do_not_disturb_the_cases_that_came_with_a_pack(tmp_path: Path) -> None:
    root = made(tmp_path / "new")
    rule = 'flag contains {"rule": "own.all", "reason": "R."} if input.phase == "request"'
    own = f"package lictor.request\n\n{rule}\n"
    (root / "lictor" / "request" / "own.rego").write_text(own)
    assert lictor("policy", "test", root).exit_code == OK
    (root / "cases" / "own").mkdir()
    case = "- name: own\n  phase: request\n  input: {}\n  expect: {answer: %s}\n"
    (root / "cases" / "own" / "own.yaml").write_text(case % "flag")
    assert lictor("policy", "test", root).exit_code == OK
    (root / "cases" / "own" / "own.yaml").write_text(case % "allow")
    assert lictor("policy", "test", root).exit_code == FAILED


def test_a_changed_setting_fails_the_cases_that_came_with_it(tmp_path: Path) -> None:
    root = made(tmp_path / "new")
    data = json.loads((root / "data.json").read_text())
    data["settings"]["pii"]["threshold"] = 0.6
    (root / "data.json").write_text(json.dumps(data))
    result = lictor("policy", "test", root)
    assert result.exit_code == FAILED
    assert "personal data counts from 0.5 on" in result.stdout


def test_a_pack_is_added_later(tmp_path: Path) -> None:
    root = made(tmp_path / "new")
    result = lictor("policy", "add", PACKS[0], root)
    assert result.exit_code == OK, result.output
    assert all(line.startswith("added") for line in result.stdout.splitlines())
    assert lictor("policy", "test", root).exit_code == OK
    again = lictor("policy", "add", PACKS[0], root)
    assert (again.exit_code, again.stdout) == (OK, "")


def test_packs_need_what_they_build_on(tmp_path: Path) -> None:
    root = made(tmp_path / "new", "--bare")
    result = lictor("policy", "add", PACKS[0], root)
    assert result.exit_code == USAGE
    assert "packs build on baseline and lib" in result.stderr


def test_an_update_takes_what_nobody_edited_and_leaves_the_rest(policies: Path, tmp_path: Path) -> None:
    root = made(tmp_path / "new")
    folder = policies / "baseline" / "lictor"
    mine = root / "lictor" / "bias.rego"
    mine.write_text(mine.read_text() + "\n# mine\n")
    both = root / "lictor" / "secrets.rego"
    both.write_text(both.read_text() + "\n# mine\n")
    (root / "lictor" / "history.rego").rename(root / "lictor" / "moved.rego")
    for name in ("secrets.rego", "toxicity.rego"):
        (folder / name).write_text((folder / name).read_text() + "\n# new\n")
    (folder / "request" / "fresh_test.rego").write_text("package lictor.request_fresh_test\n")
    (folder / "request" / "bias_test.rego").unlink()

    result = lictor("policy", "add", "baseline", root)
    assert result.exit_code == FAILED
    told = [line.rsplit(maxsplit=1) for line in result.stdout.splitlines()]
    assert {name: fate.strip() for fate, name in told} == {
        "lictor/bias.rego": "kept",
        "lictor/history.rego": "deleted here",
        "lictor/request/bias_test.rego": "removed",
        "lictor/request/fresh_test.rego": "added",
        "lictor/secrets.rego": "conflict",
        "lictor/toxicity.rego": "updated",
    }
    assert "# mine" in mine.read_text()
    assert "# mine" in both.read_text()
    assert "# new" in (root / "lictor" / "secrets.rego.new").read_text()
    assert "# new" in (root / "lictor" / "toxicity.rego").read_text()
    assert not (root / "lictor" / "history.rego").exists()
    assert not (root / "lictor" / "request" / "bias_test.rego").exists()


def test_a_conflict_that_was_settled_is_not_told_again(policies: Path, tmp_path: Path) -> None:
    root = made(tmp_path / "new")
    file = policies / "baseline" / "lictor" / "secrets.rego"
    file.write_text(file.read_text() + "\n# new\n")
    mine = root / "lictor" / "secrets.rego"
    mine.write_text(mine.read_text() + "\n# mine\n")
    assert lictor("policy", "add", "baseline", root).exit_code == FAILED
    again = lictor("policy", "add", "baseline", root)
    assert again.exit_code == OK
    assert again.stdout.split() == ["kept", "lictor/secrets.rego"]


@pytest.mark.parametrize("text", ["{", "[]", '{"packs_lock": {"baseline": 3}}'])
def test_a_lock_that_is_none(tmp_path: Path, text: str) -> None:
    root = made(tmp_path / "new", "--bare")
    (root / "packs.lock.json").write_text(text)
    result = lictor("policy", "add", "baseline", root)
    assert result.exit_code == USAGE
    assert "this is no lock of packs" in result.stderr
