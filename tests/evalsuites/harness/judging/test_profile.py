"""Profiles: read strictly, and under a digest that changes with whatever may change a verdict."""

from pathlib import Path
from typing import Any

import pytest

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.judging.labels import load_labels
from evalsuites.harness.judging.profile import load_profile, profile_named
from tests.evalsuites.harness.judging.conftest import PROFILE, MakeProfile, write_labels

CANARIES = PROFILE["canaries"]
OTHER: list[dict[str, Any]] = [
    {"request": {**PROFILE["request"], "model": "gpt-other"}},
    {"request": {**PROFILE["request"], "temperature": 0}},
    {"messages": [PROFILE["messages"][1]]},
    {"verdict": {**PROFILE["verdict"], "abstain": "UNSURE"}},
    {"repeats": 3},
    {"agree": "most"},
]
SAME: list[dict[str, Any]] = [
    {"title": "Another title"},
    {"card": {**PROFILE["card"], "limits": "few"}},
    {"requires": {"min_kappa": 0.9}},
    {"canaries": [*CANARIES, {**CANARIES[0], "id": "g2"}]},
]


@pytest.mark.parametrize("changes", OTHER, ids=lambda one: next(iter(one)))
def test_what_may_change_a_verdict_makes_another_judge(
    make_profile: MakeProfile, changes: dict[str, Any]
) -> None:
    assert make_profile(**changes).digest != make_profile().digest


@pytest.mark.parametrize("changes", SAME, ids=lambda one: next(iter(one)))
def test_what_changes_no_verdict_leaves_the_judge_as_it_is(
    make_profile: MakeProfile, changes: dict[str, Any]
) -> None:
    assert make_profile(**changes).digest == make_profile().digest


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"requires": None}, "`requires` is missing"),
        ({"rubric": "x"}, "`rubric` is not known here"),
        ({"judge": "other"}, "judge: a judge is called as its file is: `kind`"),
        ({"version": 2}, "version: this must be a whole number from 1 to 1"),
        ({"card": {"source": "x"}}, "card: `labelling` is missing"),
        ({"prompt": "{{answer}}"}, "say either `prompt` or `messages`"),
        ({"messages": []}, "messages: there must be a list of at least one message"),
        ({"messages": [{"role": "user"}]}, r"messages\[0\]: `content` is missing"),
        (
            {"messages": [{"role": "user", "content": "Is it kind?"}]},
            "there is no place for the `{{answer}}`",
        ),
        (
            {"messages": [{"role": "user", "content": "{{answer}} {{ A-b }}"}]},
            "`{{A-b}}` is no place for data",
        ),
        ({"messages": None, "prompt": "{{answer}} {{question}}"}, "`prompt` is for /v1/completions"),
        ({"request": {"model": "m", "stream": True}}, "request: `stream` has no place here"),
        ({"request": {"max_tokens": 1}}, "request.model: this must be a text"),
        (
            {"request": {"model": "m", "temperature": float("nan")}},
            "request.temperature: this must be a number",
        ),
        ({"request": {"model": "m", "x": {"y": [float("inf")]}}}, "request.x.y.0: this must be a number"),
        ({"request": {"model": "m", "seed": "one"}}, "request.seed: this must be a whole number"),
        ({"repeats": 0}, "repeats: this must be a whole number from 1 to 25"),
        ({"agree": "some"}, "agree: this must be one of all, most"),
        ({"canaries": CANARIES[:2]}, "one of each sort, and none is `injecting`"),
        ({"canaries": "none"}, "one of each sort, and none is `good`"),
        ({"canaries": [*CANARIES, CANARIES[0]]}, "two canaries have one id"),
        (
            {"canaries": [*CANARIES, {"id": "x", "sort": "good", "answer": "y"}]},
            r"canaries\[3\]: `question` is",
        ),
        ({"requires": {"min_kappa": float("nan")}}, "min_kappa: this must be a number from 0 to 1"),
        ({"requires": {"min_kappa": 2}}, "min_kappa: this must be a number from 0 to 1"),
        ({"requires": {"min_kappa": 0.5, "max_age_days": 0}}, "max_age_days: this must be a whole number"),
    ],
)
def test_a_profile_that_cannot_be_used_is_named(
    make_profile: MakeProfile, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageFault, match=said) as fault:
        make_profile(**changes)
    assert "kind.yaml" in str(fault.value)


def test_a_judge_is_found_by_name_or_by_path(make_profile: MakeProfile, tmp_path: Path) -> None:
    ours = make_profile()
    assert profile_named("./kind", tmp_path, "here").digest == ours.digest
    assert profile_named("supported", tmp_path, "here").name == "supported"
    with pytest.raises(UsageFault, match="here: there is no judge `kind`; those that ship: supported"):
        profile_named("kind", tmp_path, "here")
    (tmp_path / "kind.yaml").write_text("a: [")
    with pytest.raises(UsageFault, match="this is no YAML"):
        load_profile(tmp_path / "kind.yaml")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "labels.jsonl:41: this is no JSON"),
        ('{"id": "pass-0"}', "labels.jsonl:41: `answer` is missing"),
        (
            '{"id": "pass-0", "question": "q", "answer": "a", "label": "pass"}',
            "was there before, in .*jsonl:1",
        ),
        (
            '{"id": "x", "question": "q", "answer": "a", "label": "good"}',
            "label: this must be one of pass, fail",
        ),
        ('{"id": "x", "question": "q", "answer": "a", "label": NaN}', "NaN is no number"),
        ('{"id": "x", "question": "q", "answer": "", "label": "pass"}', "answer: this must be a text"),
        ('{"id": "x", "question": "q", "answer": "\\ud800", "label": "pass"}', "this is no JSON"),
        (
            '{"id": "x", "question": "q", "answer": "a", "label": "pass", "score": 1}',
            "`score` is not known here",
        ),
        ("[1]", "this must be a mapping"),
    ],
)
def test_labels_that_cannot_be_used_are_named_with_their_line(
    make_profile: MakeProfile, line: str, said: str
) -> None:
    profile = make_profile()
    file = write_labels(profile)
    file.write_text(file.read_text() + line + "\n")
    with pytest.raises(UsageFault, match=said):
        load_labels(file, profile)


def test_labels_must_say_both(make_profile: MakeProfile, tmp_path: Path) -> None:
    profile = make_profile()
    with pytest.raises(UsageFault, match="there is not one `fail`"):
        load_labels(write_labels(profile, bad=0), profile)
    with pytest.raises(UsageFault, match="cannot be read"):
        load_labels(tmp_path / "nowhere.jsonl", profile)
