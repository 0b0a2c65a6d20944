"""What is not evidenced is said."""

from collections.abc import Callable
from pathlib import Path

from gateway.core.decision import Answer
from reports.context import Context
from reports.gaps import gaps
from reports.model import Gap
from tests.reports.sample import DAY, SIGNER, START, Book, decided, ended, exchange, tamper, varied, write_log

Make = Callable[..., Context]


def of(context: Context) -> dict[str, list[Gap]]:
    found: dict[str, list[Gap]] = {}
    for gap in gaps(context):
        found.setdefault(gap.kind, []).append(gap)
    return found


def test_every_kind_of_hole_in_the_sample_has_a_row(context: Context) -> None:
    found = of(context)
    assert found.keys() >= {
        "unmatched_decision",
        "unmeasured",
        "error_open",
        "unclosed_boot",
        "failed_boot",
        "silence",
        "coverage_timeout",
        "rejected_bundle",
        "bundle_not_at_hand",
        "unknown_record",
        "refused",
        "no_record",
        "uncovered_clause",
        "not_anchored",
    }
    assert "key_beside_the_log" not in found
    assert "failed_verification" not in found


def test_a_checkpoint_that_an_auditor_kept_vouches(make: Make, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", kept=10)
    assert "not_anchored" in of(make(log))
    assert "not_anchored" not in of(make(log, since=(tmp_path / "earlier").read_text()))


def test_rows_carry_the_records_behind_them(context: Context) -> None:
    for gap in gaps(context):
        if gap.kind in {"unmatched_decision", "error_open", "coverage_timeout", "unknown_record", "refused"}:
            assert gap.support.count == gap.count > 0


def test_types_that_are_not_written_yet_are_said_to_be_missing(context: Context) -> None:
    told = {gap.what for gap in of(context)["no_record"]}
    assert "Records of type gate: none" in told
    assert "Records of type approval: none" not in told


def test_a_bypass_is_a_row(make: Make, tmp_path: Path) -> None:
    book = Book()
    book.start("b")
    book.write({"type": "bypass", "count": 3})
    book.write(ended(exchange("NEVER")))
    book.write(decided(exchange("CLOSED"), answer=Answer.ERROR_CLOSED))
    found = of(make(write_log(tmp_path / "log", book.entries)))
    assert found["bypass"][0].support.count == 1
    assert found["orphan_outcome"][0].count == 1
    assert found["error_closed"][0].count == 1


def test_a_period_beyond_the_records_is_said_to_be_unverifiable(make: Make, log: Path) -> None:
    found = of(make(log, from_ms=START - DAY, to_ms=START + 9 * DAY))["unverifiable_period"]
    assert ["before the first record" in gap.what for gap in found] == [True, False]
    assert "after the newest signed record" in found[1].what


def test_a_period_inside_the_records_is_not(make: Make, log: Path) -> None:
    assert "unverifiable_period" not in of(make(log, from_ms=START, to_ms=START + 1000))


def test_silences_outside_the_period_are_left_out(make: Make, log: Path) -> None:
    assert "silence" not in of(make(log, to_ms=START + 1000))


def test_a_key_from_beside_the_log_is_a_row(make: Make, log: Path) -> None:
    assert "key_beside_the_log" in of(make(log, key=None))


def test_tampering_is_the_first_row(make: Make, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log")
    tamper(log)
    first = gaps(make(log))[0]
    assert first.kind == "failed_verification"
    assert "not what was logged" in first.why


def test_what_is_no_record_is_a_row(make: Make, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", [*varied(), b"{}x"])
    assert of(make(log, key=SIGNER.vkey))["undecodable"][0].count == 1
