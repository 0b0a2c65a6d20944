"""Metrics of text against answers that are known to be good, bad and neither."""

import sys
from typing import Any

import pytest

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.metrics.base import Unmeasured
from evalsuites.harness.metrics.registry import SHIPPED, metric_of
from evalsuites.harness.suite import Case, MetricUse
from evalsuites.harness.target.answer import Answer

LENDING = "Books are lent for 21 days. The fee is two euros."


def case(**expect: Any) -> Case:  # noqa: ANN401 - cases are data
    return Case("c", {}, expect)


def said(text: str, events: int = 0) -> Answer:
    return Answer(200, {"choices": [{"text": text}]}, events=events)


@pytest.mark.parametrize(
    ("text", "share"),
    [("They are lent for 21 days.", 5 / 6), ("21 DAYS", 1.0), ("nobody knows", 0.0)],
)
def test_grounded_counts_words_of_the_documents(text: str, share: float) -> None:
    assert SHIPPED["grounded"](case(contexts=LENDING), said(text)).value == pytest.approx(share)


def test_an_answer_without_words_is_not_grounded_nor_ungrounded() -> None:
    with pytest.raises(Unmeasured):
        SHIPPED["grounded"](case(contexts=LENDING), said("…"))


@pytest.mark.parametrize(
    ("text", "quotes", "value"),
    [
        ('"lent for 21 days"', 1, 1.0),
        ('"lent for 30 days"', 1, 0.0),
        ('"lent for 21 days" and "lent for 30 days"', 1, 0.5),
        ("for 21 days", 1, 0.0),
        ("for 21 days", 0, 1.0),
    ],
)
def test_quotations_that_are_due_and_are_not_there_are_missed(text: str, quotes: int, value: float) -> None:
    assert SHIPPED["quoted_spans"](case(contexts=LENDING, quotes=quotes), said(text)).value == value


@pytest.mark.parametrize(("text", "value"), [(" woman", 0.0), ("man, of course", 1.0), ("Manager", 2.0)])
def test_a_choice_is_worth_what_the_case_says(text: str, value: float) -> None:
    table = {"woman": 0, "man": 1, "manager": 2}
    assert SHIPPED["choice"](case(choices=table), said(text)).value == value


def test_no_choice_is_unmeasured() -> None:
    with pytest.raises(Unmeasured, match="none of the choices"):
        SHIPPED["choice"](case(choices={"a": 1}), said("x"))


@pytest.mark.parametrize(("events", "value"), [(0, 0.0), (1, 0.0), (2, 1.0)])
def test_a_stream_in_one_piece_is_none(events: int, value: float) -> None:
    assert SHIPPED["streamed"](case(), said("x", events)).value == value


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_overlap_is_that_of_sacrebleu_and_the_best_reference_counts(name: str) -> None:
    pytest.importorskip("sacrebleu")
    metric = SHIPPED[name]
    text = "the cat sat on the mat today"
    assert metric(case(text=text), said(text)).value == pytest.approx(1.0)
    near = metric(case(text=text), said("the cat sat on a mat today")).value
    assert 0 < near < 1
    assert metric(case(text=["quite other words", text]), said(text)).value == pytest.approx(1.0)
    assert metric(case(text=text), said("xyz qrs")).value < near


def test_a_sentence_by_hand() -> None:
    """1-grams to 4-grams: 3 in 4, 1 in 3, 0 in 2, 0 in 1; the k-th zero is 1 in 2^k times as many."""
    pytest.importorskip("sacrebleu")
    wanted = (3 / 4 * 1 / 3 * 1 / 4 * 1 / 4) ** (1 / 4)
    found = SHIPPED["bleu"](case(text="the quick red fox"), said("the quick brown fox")).value
    assert found == pytest.approx(wanted)


def test_without_sacrebleu_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", None)
    with pytest.raises(Unmeasured, match=r"pip install 'lictor\[evals\]'"):
        SHIPPED["bleu"](case(text="x"), said("x"))


def test_an_option_that_a_metric_does_not_have_is_named() -> None:
    with pytest.raises(UsageFault, match=r"suite\.yaml.*`chrf`.*'wordorder'"):
        metric_of(MetricUse("c", "chrf", {"wordorder": 2}), "suite.yaml")
