"""Scanning files: nothing lost, spans in characters, no half-written result."""

import gzip
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.detect import Runner
from gateway.detect.scan import scan_file

ROWS = [{"id": 1, "text": "🙂 mail ada@example.org"}, {"id": "b", "text": "nothing"}]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)


def read(path: Path) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_findings_scores_and_coverage_a_line(runner: Runner, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(LINES)
    summary = scan_file(source, target, runner)
    first, second = read(target)
    assert first["id"] == 1
    (finding,) = first["findings"]
    assert ROWS[0]["text"][finding["start"] : finding["end"]] == "ada@example.org"  # type: ignore[index]
    assert first["scores"] == {"pii": finding["score"]}
    assert second == {"id": "b", "findings": [], "scores": {}, "coverage": first["coverage"]}
    assert {entry["detector"]: entry["state"] for entry in first["coverage"]} == {
        "patterns": "ok",
        "secrets": "ok",
    }
    assert (summary.lines, summary.malformed, summary.findings, summary.incomplete) == (2, 0, 1, 0)


@pytest.mark.parametrize(
    "bad", ["", "{", "[]", "3", '{"id":1}', '{"text":"x"}', '{"id":1,"text":2}', "[" * 100_000]
)
def test_a_malformed_line_keeps_its_place(runner: Runner, tmp_path: Path, bad: str) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(f"{LINES}{bad}\n{LINES}")
    summary = scan_file(source, target, runner)
    rows = read(target)
    assert (len(rows), summary.lines, summary.malformed) == (5, 5, 1)
    assert rows[2]["id"] is None
    assert rows[2]["line"] == 3
    assert rows[2]["error"]


def test_reads_gzip(runner: Runner, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl.gz", tmp_path / "out.jsonl"
    source.write_bytes(gzip.compress(LINES.encode()))
    assert scan_file(source, target, runner).lines == 2


def test_standard_streams(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(LINES.encode())))
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=sink))
    scan_file(Path("-"), Path("-"), runner)
    assert len(sink.getvalue().splitlines()) == 2


def test_tells_its_progress(runner: Runner, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(LINES * 600)
    told: list[tuple[int, int]] = []
    scan_file(source, tmp_path / "out.jsonl", runner, progress=lambda lines, size: told.append((lines, size)))
    assert told[0][0] == 1000
    assert told[-1] == (1200, source.stat().st_size)


def test_a_fault_leaves_nothing_behind(runner: Runner, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(LINES * 600)
    target.write_text("before")

    def stop(_lines: int, _size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scan_file(source, target, runner, progress=stop)
    assert target.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]
