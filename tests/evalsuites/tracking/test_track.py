"""``lictor evals track``, and platforms that do not answer."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evalsuites.cli import evals
from evalsuites.tracking.platforms import tell


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def track(*words: object) -> Result:
    return CliRunner().invoke(evals, ["track", *map(str, words)])


def test_a_platform_that_hangs_is_given_up(
    written: Path, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", silent)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3600")
    said = tell("otel", written, timeout_s=2)
    assert (said.ok, said.said) == (False, "no answer within 2 s")


def test_a_platform_that_is_down_is_exit_code_1(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
    result = track(written / "run.json", "--to", "otel", "--timeout", "2")
    assert result.exit_code == 1
    assert "otel: not told" in result.output


def test_a_card_needs_a_file_and_a_file_is_a_card(written: Path, tmp_path: Path) -> None:
    assert track(written / "run.json", "--to", "model-card").exit_code == 2
    assert track(written / "run.json", tmp_path / "x.md", "--to", "otel").exit_code == 2
    done = track(written / "run.json", tmp_path / "x.md", "--to", "model-card")
    assert (done.exit_code, done.output) == (0, f"model-card: 1 suites in {tmp_path}/x.md\n")


def test_a_damaged_run_is_named(written: Path, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"manifest": {}}))
    (tmp_path / "cases.jsonl").write_text("")
    result = track(tmp_path / "run.json", "--to", "otel")
    assert result.exit_code == 2
    assert "run.json" in result.output
