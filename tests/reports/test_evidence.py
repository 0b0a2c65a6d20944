"""Evidence: verified first, cut to the period, paired."""

from pathlib import Path

import pytest

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.log import AuditLog
from gateway.core.errors import ConfigError
from reports.evidence import Period, open_evidence
from reports.tally import tallied
from tests.reports.sample import DAY, SIGNER, START, decided, ended, exchange, tamper, varied, write_log


def test_every_entry_is_read_in_order_with_its_leaf_hash(log: Path) -> None:
    entries = list(open_evidence(log, key=SIGNER.vkey).entries())
    assert [entry.index for entry in entries] == list(range(len(varied())))
    assert all(len(entry.ref.leaf) == 64 and entry.inside for entry in entries)


def test_exchanges_are_pairs_and_an_unfinished_one_comes_last(log: Path) -> None:
    exchanges = list(open_evidence(log).exchanges())
    paired = {item.decision.exchange: item.outcome is not None for item in exchanges}
    assert paired == {
        "E0": True,
        "E1": True,
        "E2": True,
        "E3": True,
        "DENIED": True,
        "HOSTILE": True,
        "LATE": True,
        "CRASHED": False,
    }
    assert exchanges[-1].decision.exchange == "CRASHED"


def test_an_outcome_is_found_beyond_the_end_of_the_period(log: Path) -> None:
    entries = {entry.exchange: entry for entry in open_evidence(log).entries() if entry.type == "decision"}
    end = entries["LATE"].ts + 1
    last = list(open_evidence(log, to_ms=end).exchanges())
    assert {item.decision.exchange for item in last if item.outcome is None} == {"CRASHED"}
    assert "LATE" in {item.decision.exchange for item in last}


def test_a_period_takes_its_start_and_leaves_its_end(log: Path) -> None:
    first = next(open_evidence(log).entries()).ts
    evidence = open_evidence(log, from_ms=first, to_ms=first + 1000)
    assert [entry.index for entry in evidence.entries() if entry.inside] == [0]


def test_a_record_without_a_time_is_inside_by_its_place() -> None:
    assert Period(from_ms=5).holds(3, None)
    assert not Period(first=4).holds(3, None)
    assert not Period(end=3).holds(3, 1)


def test_checkpoints_bound_the_entries(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", kept=10)
    kept = (tmp_path / "earlier").read_text()
    since = open_evidence(log, key=SIGNER.vkey, since=kept)
    until = open_evidence(log, key=SIGNER.vkey, until=kept)
    assert [entry.index for entry in since.entries() if entry.inside] == list(range(10, 24))
    assert [entry.index for entry in until.entries() if entry.inside] == list(range(10))
    assert (since.end, until.end) == (24, 10)


def test_a_checkpoint_of_another_log_fails_or_is_refused(log: Path) -> None:
    other = SIGNER.named("example.org/other").sign(Checkpoint("example.org/other", 3, bytes(32)).text)
    with pytest.raises(ConfigError, match=r"is of example\.org/other"):
        open_evidence(log, key=SIGNER.vkey, since=other)
    with pytest.raises(ConfigError, match="not a checkpoint"):
        open_evidence(log, since="nonsense")


def test_a_checkpoint_that_the_log_does_not_extend_fails_verification(log: Path) -> None:
    fork = SIGNER.sign(Checkpoint(SIGNER.name, 3, bytes(32)).text)
    assert not open_evidence(log, key=SIGNER.vkey, since=fork).verified.ok


def test_no_log_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        open_evidence(tmp_path / "nowhere")


def test_an_altered_log_is_opened_and_says_so(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log")
    tamper(log)
    evidence = open_evidence(log, key=SIGNER.vkey)
    assert not evidence.verified.ok
    assert len(list(evidence.entries())) == 24


def test_what_is_no_record_is_read_as_an_empty_one(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", [*varied(), b"not a record"])
    *_, last = open_evidence(log).entries()
    assert (last.record, last.type, last.ts, last.exchange) == ({}, "", 0, "")


def test_a_missing_bundle_reads_as_nothing(tmp_path: Path) -> None:
    log = write_log(tmp_path / "log")
    for file in (log / "tile" / "entries").rglob("*"):
        if file.is_file():
            file.unlink()
    evidence = open_evidence(log)
    assert not evidence.verified.ok
    assert list(evidence.entries()) == []


def test_days_are_days() -> None:
    assert Period(START, START + DAY).holds(0, START + DAY - 1)
    assert not Period(START, START + DAY).holds(0, START + DAY)


def test_a_key_that_signed_nothing_here_leaves_nothing_to_read(log: Path) -> None:
    evidence = open_evidence(log, key=SIGNER.generate(SIGNER.name).vkey)
    assert not evidence.verified.ok
    assert list(evidence.entries()) == []


def test_a_log_that_the_gateway_itself_wrote_and_still_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.audit.segment.RESERVE", 4096)
    path = tmp_path / "log"
    _write_for_real(path, "B0").close_sync()
    writer = _write_for_real(path, "B1")
    try:
        running = open_evidence(path, key=SIGNER.vkey)
        assert running.verified.ok
        assert all(item.outcome for item in running.exchanges() if item.decision.exchange.startswith("B0"))
    finally:
        writer.close_sync()
    evidence = open_evidence(path, key=SIGNER.vkey)
    tally = tallied(evidence)
    assert len(list(evidence.exchanges())) == 6
    assert tally.unmatched == []
    assert not list(tally.boots.unclosed())


def _write_for_real(path: Path, name: str) -> AuditLog:
    writer = AuditLog.open(path, origin=SIGNER.name, signer=SIGNER, node="n1", interval=0.02)
    for at in range(3):
        call = exchange(f"{name}E{at}")
        writer.append_sync(decided(call, "pii.replaced"))
        writer.append_sync(ended(call, rule="pii.replaced"))
    return writer
