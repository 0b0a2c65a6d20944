"""Scanning files: nothing lost, spans in characters, no half-written result."""

import gzip
import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
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


MALFORMED = {
    b"": "JSON",
    b"{": "JSON",
    b"[" * 100_000: "JSON",
    b'{"id":1' + b"0" * 5000 + b',"text":"x"}': "JSON",
    b"[]": "object",
    b"3": "object",
    b'{"text":"x"}': '"id"',
    b'{"id":null,"text":"x"}': '"id"',
    b'{"id":true,"text":"x"}': '"id"',
    b'{"id":[1],"text":"x"}': '"id"',
    b'{"id":1}': '"text"',
    b'{"id":1,"text":2}': '"text"',
    b'{"id":1,"text":"\xff"}': "UTF-8",
    b'{"id":1,"text":"\xed\xa0\x80"}': "UTF-8",
    b'{"id":1,"text":"\\ud800"}': "surrogate",
    b'{"id":"\\ud800","text":"x"}': "surrogate",
}


@pytest.mark.parametrize(("bad", "word"), MALFORMED.items(), ids=range(len(MALFORMED)))
def test_a_malformed_line_keeps_its_place(runner: Runner, tmp_path: Path, bad: bytes, word: str) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(LINES.encode() + bad + b"\n" + LINES.encode())
    summary = scan_file(source, target, runner)
    rows = read(target)
    assert (len(rows), summary.lines, summary.malformed) == (5, 5, 1)
    assert rows[2]["id"] is None
    assert rows[2]["line"] == 3
    assert word in rows[2]["error"]
    assert summary.complaints == (f"line 3: {rows[2]['error']}",)
    assert [len(row.get("findings", ())) for row in rows] == [1, 0, 0, 1, 0]


def test_many_malformed_lines_are_counted_and_some_named(runner: Runner, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("x\n" * 1000)
    summary = scan_file(source, target, runner)
    assert (summary.malformed, len(summary.complaints), len(read(target))) == (1000, 10, 1000)


_MEASURED = """
import sys, tracemalloc
from pathlib import Path
from gateway.detect import Runner, default_detectors
from gateway.detect.scan import scan_file

runner = Runner(default_detectors())
tracemalloc.start()
summary = scan_file(Path(sys.argv[1]), Path(sys.argv[2]), runner)
print(summary.lines, tracemalloc.get_traced_memory()[1])
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """In a process of its own: what others hold, and when they let go of it, is not its memory."""
    source = tmp_path / "in.jsonl"
    source.write_text('{"id": 1, "text": "nothing to see here, for a while"}\n' * 20_000)
    command = [sys.executable, "-c", _MEASURED, str(source), str(tmp_path / "out.jsonl")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines, peak = map(int, done.stdout.split())
    assert lines == 20_000
    assert peak < source.stat().st_size


def test_a_device_is_written_to_and_stays(runner: Runner, tmp_path: Path) -> None:
    source, pipe = tmp_path / "in.jsonl", tmp_path / "pipe"
    source.write_text(LINES)
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        heard = pool.submit(pipe.read_bytes)
        scan_file(source, pipe, runner)
        assert len(heard.result().splitlines()) == 2
    assert pipe.is_fifo()


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
