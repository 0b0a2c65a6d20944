"""The tally: every number has its records, and callers cannot make it grow without bound."""

import hashlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reports.context import Context
from reports.evidence import Entry, open_evidence
from reports.model import NONE, Ref
from reports.tally import MOST, Tally, final_answer, tallied
from reports.trace import SAMPLE, Trace
from tests.reports.sample import BASELINE, HOSTILE, OLD, Book, decided, ended, exchange, write_log


def test_exchanges_are_counted_by_their_heavier_answer(context: Context) -> None:
    counts = {key[0]: support.count for key, support in context.tally.of("exchange").items()}
    assert counts == {"allow": 3, "transform": 2, "deny": 1, "flag": 1, "error_open": 1}


def test_the_heavier_of_two_phases_is_told(log: Path) -> None:
    found = {item.decision.exchange: final_answer(item) for item in open_evidence(log).exchanges()}
    assert found["DENIED"] == "deny"
    assert found["E0"] == "allow"


def test_rules_controls_and_labels_are_counted(context: Context) -> None:
    tally = context.tally
    assert {key[0]: support.count for key, support in tally.of("rule").items()} == {
        "pii.replaced": 2,
        "secrets.never_leave": 1,
        "injection.suspected": 1,
    }
    assert tally.one("control", "owasp-llm:2026:LLM02").count == 3
    assert tally.one("label", "secrets", "email").count == 1
    assert tally.one("coverage", "classifiers", "timeout").count == 1
    assert tally.one("uncovered", "timeout", "classifiers", "deadline").count == 1


def test_clauses_are_counted_by_rule_and_by_record(context: Context) -> None:
    tally = context.tally
    assert tally.one("clause", "owasp-llm:2026:LLM02").count == 3
    assert tally.one("clause", "eu-ai-act:2024:art-12(1)").count == 2 + 8 + 7 + 1
    assert tally.one("clause", "*").count == 24


def test_unknown_types_are_counted_and_unfinished_decisions_kept(context: Context) -> None:
    tally = context.tally
    assert tally.one("unknown_type", "novelty").count == 1
    assert [entry.exchange for entry in tally.unmatched] == ["CRASHED"]
    assert tally.one("unmeasured", "tokens").count == 1
    assert tally.sums == {"input_tokens": 35, "output_tokens": 35}


def test_revisions_have_the_time_in_which_they_decided(context: Context) -> None:
    old, new = context.tally.revisions[OLD], context.tally.revisions[BASELINE]
    assert old[0] < old[1]
    assert new[0] < new[1]


def test_personal_data_is_counted_by_tenant_side_and_upstream(tmp_path: Path) -> None:
    book = Book()
    book.start("b")
    call = exchange("E", tenant="acme")
    record = decided(call, "pii.replaced")
    book.write(record)
    book.write(ended(call, rule="pii.replaced"))
    tally = tallied(open_evidence(write_log(tmp_path / "log", book.entries)))
    assert tally.one("personal", "acme", "email", "request", "primary").count == 1
    assert tally.one("recipient", "acme", "primary").count == 1
    assert tally.one("restored", "email").count == 1


def test_an_outcome_of_an_earlier_decision_is_told_from_one_without(tmp_path: Path) -> None:
    book = Book()
    book.start("b")
    call = exchange("BEFORE")
    book.write(decided(call))
    later = book.now
    book.write(ended(call))
    book.write(ended(exchange("NEVER")))
    tally = tallied(open_evidence(write_log(tmp_path / "log", book.entries), from_ms=later))
    assert tally.one("carried_over").count == 1
    assert tally.one("orphan").count == 1
    assert tally.of("exchange") == {}


def test_what_callers_name_is_kept_apart_up_to_a_bound() -> None:
    tally = Tally()
    for at in range(MOST + 5):
        tally.add(Entry(Ref(at, "00" * 32), {}, inside=True), "model", f"m{at}")
    found = tally.of("model")
    assert len(found) == MOST + 1
    assert found["(others)",].count == 5


def test_hostile_names_are_keys_like_others(context: Context) -> None:
    assert context.tally.one("tenant", HOSTILE).count == 1


@given(st.lists(st.integers(0, 50), max_size=30))
def test_a_trace_counts_records_once_and_keeps_the_first_and_the_last(indices: list[int]) -> None:
    trace, ordered = Trace(), sorted(indices)
    entries = {at: Entry(Ref(at, at.to_bytes(32, "big").hex()), {}, inside=True) for at in ordered}
    for index in ordered:
        trace.add(entries[index])
    distinct = sorted(set(ordered))
    support = trace.support
    if not distinct:
        assert support == NONE
        return
    assert support.count == len(distinct)
    assert [ref.index for ref in support.refs[:SAMPLE]] == distinct[:SAMPLE]
    assert support.refs[-1].index == distinct[-1]
    lines = "".join(f"{index} {index.to_bytes(32, 'big').hex()}\n" for index in distinct)
    assert support.digest == hashlib.sha256(lines.encode()).hexdigest()
