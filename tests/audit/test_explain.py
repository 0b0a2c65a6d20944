"""An exchange in words: all that is on record about it, wherever it stands."""

from pathlib import Path

from gateway.audit.explain import explain
from gateway.audit.reader import find
from tests.audit.test_page import record, written

DECISION = {"phase": "request", "answer": "deny", "mode": "enforce", "revision": "sha256:00", "verdicts": []}
JUDGE = {
    "exchange": "lx-1",
    "detector": "nemo.house",
    "segment": "s0",
    "upstream": "local",
    "model": "small",
    "verdict": "block",
    "micros": 41_000,
    "input_tokens": 90,
    "output_tokens": 2,
}


def test_what_a_judge_said_is_told_though_hundreds_of_records_lie_between(tmp_path: Path) -> None:
    """A judge's record stands before the decision that follows from it: here two bundles before."""
    entries = [record(0, "open"), record(1, "judge", **JUDGE)]
    entries += [record(at, "open" if at == 0 else "bundle", boot="c") for at in range(600)]
    entries.append(record(2, "decision", exchange="lx-1", received_ms=1001, decision=DECISION))
    entries.append(record(3, "judge", **JUDGE | {"verdict": "unfinished", "fault": "Timeout"}))
    entries.append(record(4, "outcome", exchange="lx-1", outcome={"status": 400, "ending": "denied"}))
    log = written(tmp_path / "log", entries, steps=1)
    assert [index for index, _ in find(log, "lx-1")] == [1, 602, 603, 604]
    told = explain(log, "lx-1") or ""
    assert "nemo.house asked small at local about s0: block, 41 ms, 90 tokens in, 2 out" in told
    assert "s0: unfinished (Timeout), 41 ms" in told


def test_the_search_ends_where_the_call_was_not_there_yet(tmp_path: Path) -> None:
    entries = [record(0, "open"), record(1, "judge", **JUDGE)]
    entries += [record(at) for at in range(2, 600)]
    entries.append(record(600, "decision", exchange="lx-1", received_ms=1599, decision=DECISION))
    log = written(tmp_path / "log", entries, steps=1)
    assert [index for index, _ in find(log, "lx-1")] == [600]
