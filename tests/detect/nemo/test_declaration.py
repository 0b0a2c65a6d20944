"""Folders of rails, read before NeMo sees them: what they may hold."""

from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.detect.nemo.declaration import read_folder
from gateway.policy.shipped import shipped
from tests.detect.nemo.folders import CONFIG, RAILS, folder


def test_a_folder_has_a_name_rails_and_a_version(tmp_path: Path) -> None:
    path = folder(tmp_path, config=CONFIG, rails=RAILS)
    read = read_folder(path)
    assert read.id == "rails.x"
    assert read.flows("output") == ("regex check output", "hosts")
    assert read.version == read_folder(path).version
    folder(tmp_path, settings="id: rails.mine\nlabel: mine\n")
    again = read_folder(path)
    assert (again.id, again.settings.label) == ("rails.mine", "mine")
    assert again.version != read.version


@pytest.mark.parametrize("name", ["actions.py", "config.py", "sub/x.py", "a.pyc", "x.so", "n.ipynb", "b.pth"])
def test_code_is_refused(tmp_path: Path, name: str) -> None:
    path = folder(tmp_path, config=CONFIG, rails=RAILS)
    (path / "sub").mkdir()
    (path / name).write_text("raise SystemExit")
    with pytest.raises(ConfigError, match=rf"{name}:1: code has no place among rails"):
        read_folder(path)


def test_links_and_strangers_are_refused(tmp_path: Path) -> None:
    path = folder(tmp_path, config=CONFIG, rails=RAILS)
    (path / "x.txt").write_text("")
    with pytest.raises(ConfigError, match=r"x.txt:1: .* only"):
        read_folder(path)
    (path / "x.txt").unlink()
    (path / "elsewhere").symlink_to(tmp_path)
    with pytest.raises(ConfigError, match="elsewhere:1: a link leads out"):
        read_folder(path)
    (path / "elsewhere").unlink()
    (path / "b.co").symlink_to(path / "rails.co")
    with pytest.raises(ConfigError, match=r"b.co:1"):
        read_folder(path)


def test_a_knowledge_base_is_refused_by_name(tmp_path: Path) -> None:
    path = folder(tmp_path, config=CONFIG, rails=RAILS)
    (path / "README.md").write_text("what this is")
    read_folder(path)
    (path / "kb").mkdir()
    (path / "kb" / "facts.md").write_text("facts")
    with pytest.raises(ConfigError, match=r"facts.md:1: a knowledge base needs an embedding model"):
        read_folder(path)


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ("rails: {}", r"config.yml:1: rails: no rail is named"),
        ("rails:\n  input: {flows: []}", r"no rail is named"),
        ("[]", r"config.yml:1: the file must hold a mapping"),
        ("rails: [", r"config.yml:1: no valid YAML"),
        (
            "models: [{type: main, engine: openai}]\nrails: {input: {flows: [a]}}",
            r"yml:1: models: this does not run",
        ),
        (
            "rails: {input: {flows: [a]}}\nimport_paths: [/x]",
            r"config.yml:2: import_paths: this does not run",
        ),
        ("rails: {input: {flows: [a]}}\nactions_server_url: http://x", r"config.yml:2: actions_server_url"),
        ("rails:\n  input:\n    flows: [a]\n    parallel: true", r"config.yml:4: rails.input.parallel"),
        ("rails:\n  dialog: {}", r"config.yml:2: rails.dialog"),
        (
            "rails:\n  input: {flows: [a]}\n  config:\n    jailbreak_detection: {}",
            r"yml:4: .*jailbreak_detection",
        ),
        (
            "rails:\n  input: {flows: [a]}\n  config:\n    regex_detection:\n      case_insensitive: true",
            r"config.yml:5: rails.config.regex_detection.case_insensitive",
        ),
        ("rails:\n  input: {flows: a}", r"config.yml:2: must be a list of names"),
        ("rails:\n  input: 7", r"config.yml:2: rails.input: must be a mapping"),
        (
            "colang_version: '2.x'\nrails: {input: {flows: [a]}}",
            r"config.yml:1: colang_version: 2.x does not run",
        ),
    ],
)
def test_a_configuration_says_only_what_runs_here(tmp_path: Path, config: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        read_folder(folder(tmp_path, config=config))


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ("id: 'a b'", "rails.yaml:1: id: "),
        ("roles: {input: [stranger]}", "rails.yaml:1: roles.input.0: "),
        ("deadline_ms: 0", "rails.yaml:1: deadline_ms: "),
        ("judge: {upstream: a}", "rails.yaml:1: judge.model: "),
        ("kinds: [text]\npython: x", "rails.yaml:2: python: there is no such key"),
    ],
)
def test_our_own_file_is_checked(tmp_path: Path, settings: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        read_folder(folder(tmp_path, config=CONFIG, rails=RAILS, settings=settings))


def test_what_is_missing_or_there_twice_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        read_folder(tmp_path / "none")
    with pytest.raises(ConfigError, match=r"there is no config.yml"):
        read_folder(folder(tmp_path, rails=RAILS))
    path = folder(tmp_path, config=CONFIG)
    (path / "config.yaml").write_text(CONFIG)
    with pytest.raises(ConfigError, match=r"config.yml:1: there is config.yaml too"):
        read_folder(path)


def test_the_shipped_folders_are_in_order() -> None:
    read = {path.name: read_folder(path) for path in sorted((shipped() / "nemo").iterdir())}
    assert {folder.id for folder in read.values()} == {"rails.jailbreak", "rails.leaks", "rails.self_check"}
