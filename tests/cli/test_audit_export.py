"""``lictor audit export``: what it writes, what it sends, and the word that it ends with."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.audit.export import FORMATS
from gateway.cli.main import main
from tests.audit.export.past import Past, heartbeats
from tests.audit.export.servers import collector, wait_for


@pytest.fixture
def past(tmp_path: Path) -> Past:
    past = Past(tmp_path / "log")
    past.grow([{"type": "open"}, *heartbeats(299)])
    return past


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["audit", "export", *map(str, words)])


def lines(path: Path) -> list[int]:
    return [json.loads(line)["index"] for line in path.read_text().split("\n")[:-1]]


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_makes_a_file(past: Past, tmp_path: Path, form: str) -> None:
    result = run(past.path, "--format", form, "-o", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "300 entries of example.org/exported; next is 300\n"
    assert (tmp_path / "out").stat().st_size > 0


def test_the_formats_are_those_of_the_registry() -> None:
    from gateway.audit.export.formats.registry import FORMATS as BY_NAME

    assert set(FORMATS) == set(BY_NAME)


def test_a_pipe_gets_rows_and_the_person_gets_words(past: Past) -> None:
    result = run(past.path, "--format", "jsonl", "--from", "298")
    assert [json.loads(line)["index"] for line in result.stdout.splitlines()] == [298, 299]
    assert result.stderr.startswith("2 entries")


def test_the_settings_say_where_the_log_is(past: Past, tmp_path: Path) -> None:
    config = tmp_path / "lictor.toml"
    config.write_text(f'[audit]\npath = "{past.path}"\n')
    result = run("--config", config, "--format", "jsonl", "--type", "open, close")
    assert [json.loads(line)["record"]["type"] for line in result.stdout.splitlines()] == ["open"]


def test_times_select(past: Past) -> None:
    assert run(past.path, "--format", "cef", "--until", "2026-01-01").stdout == ""
    assert run(past.path, "--format", "cef", "--since", "2026-01-01").stdout.count("\n") == 300


def test_a_run_with_a_state_goes_on_in_the_next_file(past: Past, tmp_path: Path) -> None:
    state = ("--state", tmp_path / "state", "--format", "jsonl")
    assert run(past.path, *state, "-o", tmp_path / "1").exit_code == 0
    past.grow(heartbeats(7))
    assert run(past.path, *state, "-o", tmp_path / "2").exit_code == 0
    assert lines(tmp_path / "1") + lines(tmp_path / "2") == list(range(307))


def test_a_collector_that_is_not_there_ends_with_3(past: Past, tmp_path: Path) -> None:
    state = tmp_path / "state"
    result = run(
        past.path, "--format", "cef", "--to", "syslog+tcp://127.0.0.1:1", "--patience", 0, "--state", state
    )
    assert result.exit_code == 3
    assert "not delivered to syslog+tcp://127.0.0.1:1: Connection refused" in result.stderr
    assert not state.exists()


def test_a_log_that_is_not_the_one_before_ends_with_1(past: Past, tmp_path: Path) -> None:
    state = ("--state", tmp_path / "state", "--format", "jsonl")
    run(past.path, *state)
    other = Past(tmp_path / "other")
    other.grow(heartbeats(400))
    result = run(other.path, *state)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "first 300 entries are not those that were exported" in result.stderr


def test_a_log_that_contradicts_itself_ends_with_1_and_leaves_no_file(past: Past, tmp_path: Path) -> None:
    bundle = past.path / "tile/entries/000"
    bundle.write_bytes(bundle.read_bytes().replace(b'"seq":9,', b'"seq":8,'))
    result = run(past.path, "--format", "jsonl", "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert "entry 9 is not what its tile says" in result.stderr
    assert not list(tmp_path.glob("out*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--type", "decisions"), "decisions: the types are open, decision"),
        (("--since", "yesterday"), "is no day or time"),
        (("--to", "gopher://x"), "the schemes are"),
        (("--to", "http://x"), "is not sent over HTTP"),
        (("--to", "syslog+udp://x", "-o", "y"), "either --output or --to"),
        (("--follow",), "--follow needs --state"),
        (("--follow", "--state", "s", "-o", "y"), "never complete"),
        (("--state", "s", "--from", "3"), "either --from or --state"),
        (("-o", "no/such/folder/y"), "No such file or directory"),
    ],
)
def test_wrong_usage_ends_with_2(past: Past, words: tuple[str, ...], said: str) -> None:
    result = run(past.path, "--format", "cef", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_no_log_and_no_state_end_with_2(past: Past, tmp_path: Path) -> None:
    result = run(tmp_path / "none", "--format", "cef")
    assert (result.exit_code, "none" in result.stderr) == (2, True)
    (tmp_path / "state").write_text("no")
    assert run(past.path, "--format", "cef", "--state", tmp_path / "state").exit_code == 2


def test_following_survives_a_restart_and_ends_with_a_signal(past: Past, tmp_path: Path) -> None:
    with collector() as collected:
        words = ["--format", "otlp", "--to", collected.url, "--follow", "--every", "0.05"]
        line = [sys.executable, "-m", "gateway.cli", "audit", "export", str(past.path), *words]
        line += ["--state", str(tmp_path / "state")]
        for grown in (300, 310):
            with subprocess.Popen(line, env=os.environ, stderr=subprocess.PIPE) as process:
                wait_for(partial(collected.has, grown))
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0
                assert process.stderr
                process.stderr.read()
            past.grow(heartbeats(10))
    assert collected.uids == [f"example.org/exported/{index}" for index in range(310)]
