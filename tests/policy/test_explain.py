"""Explanations: who spoke, what without them, and how near another answer is."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.decision import Phase
from gateway.policy.bundle import load
from gateway.policy.deciding import decide
from gateway.policy.distances import Distance, distances
from gateway.policy.explain import Explanation, document, explain, sentences
from gateway.policy.leaves import changed
from gateway.policy.probe import Probe
from gateway.policy.shipped import baseline
from gateway.policy.specimen import completed

Make = Callable[..., Path]
BASELINE = load(baseline())


def explained(partial: Mapping[str, object], phase: Phase = "request") -> Explanation:
    return explain(BASELINE, phase, completed(phase, partial))


def by_place(found: list[Distance] | tuple[Distance, ...]) -> dict[str, tuple[float, str]]:
    return {distance.place: (distance.flips_at, distance.answer) for distance in found}


def test_thresholds_are_found_exactly() -> None:
    told = explained({"findings": [{"score": 0.9}]})
    found = by_place(told.distances)
    assert found["findings[0].score"] == (0.499, "allow")
    assert found["settings.pii.threshold"] == (0.901, "allow")
    assert found["size.body_kib"] == (8193, "deny")


def test_numbers_of_a_label_move_only_that_label() -> None:
    found = by_place(explained({"findings": [{"label": "ip_address", "score": 0.6}]}).distances)
    assert found["settings.pii.thresholds.ip_address"] == (0.6, "transform")
    assert "settings.pii.threshold" not in found


def test_faults_are_no_answers_to_be_near_to() -> None:
    """A deadline of nothing is no plan; a decision is not near to it."""
    places = by_place(explained({}).distances)
    assert "settings.detectors.deadline_ms" not in places
    assert all(answer for _, answer in places.values())


def test_what_one_rule_makes_of_the_answer() -> None:
    told = explained({"findings": [{"category": "injection", "score": 0.95}, {"category": "bias"}]})
    assert told.decision.answer.value == "deny"
    assert told.without == {"injection.attempt": "flag"}
    both = explained({"findings": [{"category": "injection", "score": 0.95}, {"category": "secret"}]})
    assert both.without == {}


def test_sentences_name_rules_places_findings_and_gaps() -> None:
    coverage = [{"segment": "/messages/0", "reason": "image"}]
    text = "\n".join(sentences(explained({"findings": [{"score": 0.75}], "coverage": coverage})))
    for part in (
        "is allowed after changes.",
        "pii.replaced has findings redacted: Personal data is replaced",
        "owasp-llm:2026:LLM02",
        "found pii/email 0.75 by patterns, said by user",
        "at lictor/request/pii.rego:10",
        'data.lictor.pii.found = ["f0"]',
        "The plan: patterns, secrets, within 10000 ms; an unfinished check counts as closed.",
        "Not checked: /messages/0 by no detector: not_run image",
        "Without pii.replaced the answer would be flag.",
        "With the fact findings[0].score at 0.499 or less (now 0.75) the answer would be flag",
    ):
        assert part in text


def test_the_gateways_own_rules_are_explained_too() -> None:
    told = explained({"coverage": [{"detector": "secrets", "state": "timeout", "reason": "deadline"}]})
    assert told.decision.answer.value == "error_closed"
    assert [spoke.verdict.rule for spoke in told.spoke] == ["coverage.incomplete"]
    assert "Not checked: * by secrets: timeout deadline" in list(sentences(told))


def test_a_fault_is_explained(make_bundle: Make) -> None:
    head = 'package lictor.request\n\ndeny contains {"rule": "a.b", "reason": "R."}'
    rule = f"{head} if to_number(input.caller.app)\n"
    told = explain(load(make_bundle({"a.rego": rule})), "request", completed("request", {}))
    assert told.decision.answer.value == "error_closed"
    assert any(line.startswith("Policy failed: a.rego:3") for line in sentences(told))


def test_machines_get_the_same() -> None:
    told = explained({"findings": [{"score": 0.9}]})
    said = document(told)
    assert said["answer"] == "transform"
    assert isinstance(said["rules"], list)
    assert said["rules"][0]["places"] == ["lictor/request/pii.rego:10"]


@pytest.mark.parametrize("phase", ["request", "response"])
@settings(max_examples=3, deadline=None)
@given(
    score=st.integers(0, 1000), category=st.sampled_from(["pii", "secret", "toxicity", "injection", "bias"])
)
def test_every_distance_is_true_and_nearest(phase: Phase, score: int, category: str) -> None:
    """At the value told the answer is the one told, and a thousandth (or one) before it is not."""
    facts = completed(phase, {"findings": [{"category": category, "score": score / 1000}]})
    probe = Probe(BASELINE)
    now = decide(probe, phase, facts).answer.value
    for distance in distances(BASELINE, phase, facts):
        place = _parsed(distance.place)
        unit = 1 if isinstance(distance.value, int) else 0.001
        before = distance.flips_at - unit if distance.flips_at > distance.value else distance.flips_at + unit
        if distance.source == "data":
            probe.lay(changed(BASELINE.data, place, distance.flips_at))
            assert decide(probe, phase, facts).answer.value == distance.answer != now
            probe.lay(changed(BASELINE.data, place, round(before, 3)))
            assert decide(probe, phase, facts).answer.value == now
            probe.lay(BASELINE.data)
        else:
            assert (
                decide(probe, phase, changed(facts, place, distance.flips_at)).answer.value == distance.answer
            )
            assert decide(probe, phase, changed(facts, place, round(before, 3))).answer.value == now


def _parsed(place: str) -> tuple[str | int, ...]:
    parts = place.replace("[", ".").replace("]", "").split(".")
    return tuple(int(part) if part.isdigit() else part for part in parts)
