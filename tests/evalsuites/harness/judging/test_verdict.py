"""Verdicts: one word or one object, and nothing beside it; no doubt is a pass."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.judging.verdict import Vote, agreed, form_of

LABEL = form_of({"form": "label", "pass": "PASS", "fail": "FAIL", "abstain": "UNSURE"}, "here")
OBJECT = form_of({"form": "json", "pass": "pass", "fail": "fail", "abstain": "unsure"}, "here")
VOTES = st.lists(st.sampled_from(["pass", "fail", "abstain", "unreadable"]), min_size=1, max_size=7)


@pytest.mark.parametrize(
    ("said", "vote"),
    [
        ("PASS", "pass"),
        (" FAIL\n", "fail"),
        ("UNSURE", "abstain"),
        ("pass", "unreadable"),
        ("PASS.", "unreadable"),
        ("PASS FAIL", "unreadable"),
        ("Verdict: PASS", "unreadable"),
        ("FAIL\nPASS", "unreadable"),
        ("", "unreadable"),
    ],
)
def test_a_label_is_the_whole_answer(said: str, vote: Vote) -> None:
    assert LABEL.read(said) == vote


@pytest.mark.parametrize(
    ("said", "vote"),
    [
        ('{"verdict": "pass"}', "pass"),
        (' {"reason": "because", "verdict": "fail"}\n', "fail"),
        ('{"verdict": "unsure"}', "abstain"),
        ('{"verdict": "PASS"}', "unreadable"),
        ('{"verdict": true}', "unreadable"),
        ('{"verdict": ["pass"]}', "unreadable"),
        ('{"verdict": "fail", "verdict": "pass"}', "unreadable"),
        ('{"verdict": "fail"} {"verdict": "pass"}', "unreadable"),
        ('```json\n{"verdict": "pass"}\n```', "unreadable"),
        ('{"verdict": "pass", "score": NaN}', "unreadable"),
        ('{"verdict": "pass", "score": 1}', "unreadable"),
        ('{"verdict": "pass"', "unreadable"),
        ('["pass"]', "unreadable"),
        ('"pass"', "unreadable"),
        ("pass", "unreadable"),
        ("[" * 5000, "unreadable"),
    ],
)
def test_an_object_is_the_whole_answer(said: str, vote: Vote) -> None:
    assert OBJECT.read(said) == vote


@given(st.text(max_size=200))
def test_any_text_has_one_vote_and_only_the_very_word_passes(said: str) -> None:
    assert (LABEL.read(said) == "pass") == (said.strip() == "PASS")
    assert OBJECT.read(said) == "unreadable" or json.loads(said)["verdict"] in {"pass", "fail", "unsure"}


@given(st.sampled_from(["pass", "fail"]), st.text(max_size=40))
def test_what_the_schema_asks_for_is_read(word: str, reason: str) -> None:
    assert OBJECT.read(json.dumps({"verdict": word, "reason": reason})) == word
    assert OBJECT.schema["properties"]["verdict"]["enum"] == ["fail", "pass", "unsure"]


@given(VOTES)
def test_a_verdict_needs_its_votes_and_doubt_is_never_a_pass(votes: Sequence[Vote]) -> None:
    unanimous, most = agreed(votes, all_of_them=True), agreed(votes, all_of_them=False)
    assert (unanimous == "pass") == (set(votes) == {"pass"})
    assert (unanimous == "fail") == (set(votes) == {"fail"})
    assert (most == "pass") == (2 * votes.count("pass") > len(votes))
    assert (most == "fail") == (2 * votes.count("fail") > len(votes))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"form": "free", "pass": "y", "fail": "n"}, "verdict.form: this must be one of label, json"),
        ({"form": "label", "pass": "y"}, "`fail` is missing"),
        ({"form": "label", "pass": "y", "fail": "y"}, "every verdict needs a word of its own"),
        ({"form": "label", "pass": "y", "fail": " y "}, "every verdict needs a word of its own"),
        ({"form": "label", "pass": " ", "fail": "n"}, "every verdict needs a word of its own"),
        ({"form": "label", "pass": True, "fail": False}, "verdict.pass: this must be a text"),
        ({"form": "label", "pass": "y", "fail": "n", "field": "v"}, "a label has no `field`"),
        ({"form": "json", "pass": "y", "fail": "n", "field": "reason"}, "`reason` is for the explanation"),
    ],
)
def test_a_form_that_cannot_be_used_is_named(raw: object, said: str) -> None:
    with pytest.raises(UsageFault, match=said.replace(".", r"\.")):
        form_of(raw, "verdict")
