"""Statuses follow from records alone."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reports.catalogue import Control
from reports.context import Context
from reports.judge import judged
from reports.model import Claim
from tests.reports.sample import BASELINE, Book, decided, ended, exchange, write_log

Make = Callable[..., Context]


@pytest.fixture(scope="module")
def whole(make: Make, tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A log without a hole."""
    book = Book()
    book.start("b")
    book.write({"type": "bundle", "revision": BASELINE, "previous": "", "accepted": True, "reason": "start"})
    call = exchange("E")
    book.write(decided(call, "pii.replaced"))
    book.write(ended(call))
    book.stop()
    return make(write_log(tmp_path_factory.mktemp("whole") / "log", book.entries))


def claim(context: Context, name: str) -> Claim:
    controls: Mapping[str, Control] = {
        item.name: item for found in context.catalogues for item in found.controls
    }
    return judged(controls[name], context)


def test_all_that_the_catalogue_names_supports(whole: Context) -> None:
    found = claim(whole, "hipaa:45cfr164:312(b)")
    assert found.status == "supports"
    assert found.support.count == 2


def test_a_hole_in_the_record_takes_from_what_needs_it_whole(context: Context) -> None:
    found = claim(context, "hipaa:45cfr164:312(b)")
    assert found.status == "partial"
    assert "1 decisions without an outcome" in found.why


def test_a_bypass_is_a_hole(make: Make, tmp_path: Path) -> None:
    book = Book()
    book.start("b")
    call = exchange("E")
    for record in (decided(call), ended(call), {"type": "bypass", "count": 3}):
        book.write(record)
    book.stop()
    found = claim(make(write_log(tmp_path / "log", book.entries)), "hipaa:45cfr164:312(b)")
    assert found.status == "partial"
    assert "1 bypass records" in found.why


def test_what_the_catalogue_calls_partial_is_never_more(whole: Context) -> None:
    assert claim(whole, "gdpr:2016:art-5(1)(c)").status == "partial"


def test_something_named_and_not_there_makes_it_partial(whole: Context) -> None:
    found = claim(whole, "soc2:2017:CC8.1")
    assert found.status == "partial"
    assert "Not in the period: record `approval`" in found.why


def test_rules_in_force_that_never_fired_are_said_and_cover_nothing(whole: Context) -> None:
    found = claim(whole, "owasp-llm:2026:LLM06")
    assert found.status == "not_covered"
    assert "In force, but fired for no exchange of the period: limits.body" in found.why
    assert found.support.count == 0


def test_nothing_at_all_is_not_covered(whole: Context) -> None:
    found = claim(whole, "eu-ai-act:2024:annex-iv-2(g)")
    assert found.status == "not_covered"
    assert "record `eval_run`" in found.why


def test_what_no_record_can_show_is_the_operators(whole: Context) -> None:
    found = claim(whole, "gdpr:2016:art-30(1)(b)")
    assert found.status == "operator_must_supply"
    assert "The operator adds: The purposes" in found.why


def test_suites_without_a_run_make_it_partial(make: Make, whole: Context, tmp_path: Path) -> None:
    def with_runs(*records: dict[str, Any]) -> Claim:
        book = Book()
        book.start("b")
        call = exchange("E")
        for record in (decided(call, "injection.suspected"), ended(call), *records):
            book.write(record)
        book.stop()
        return claim(make(write_log(tmp_path / f"log{len(records)}", book.entries)), "owasp-llm:2026:LLM01")

    assert "No evaluation run" in with_runs().why
    assert "No evaluation run" not in with_runs({"type": "eval_run", "suite": "injection"}).why


def test_a_rule_of_another_bundle_counts_by_the_clause_that_it_names(make: Make, tmp_path: Path) -> None:
    book = Book()
    book.start("b")
    call = exchange("E")
    record = decided(call, "pii.replaced")
    record["decision"]["verdicts"][0] |= {"rule": "acme.own", "controls": ["owasp-llm:2026:LLM06"]}
    book.write(record)
    book.write(ended(call))
    book.stop()
    found = claim(make(write_log(tmp_path / "log", book.entries)), "owasp-llm:2026:LLM06")
    assert (found.status, found.support.count) == ("partial", 1)


def test_what_could_support_is_partial_when_a_record_is_missing(make: Make, tmp_path: Path) -> None:
    book = Book()
    book.start("b")
    call = exchange("E")
    for record in (decided(call), ended(call)):
        book.write(record)
    book.stop()
    found = claim(make(write_log(tmp_path / "log", book.entries)), "eu-ai-act:2024:art-12(2)")
    assert (found.status, "Not in the period: record `bundle`" in found.why) == ("partial", True)
