"""Traces: how far each rule came, and what it saw there."""

from collections.abc import Callable, Mapping
from pathlib import Path

from gateway.policy.bundle import load
from gateway.policy.shipped import baseline
from gateway.policy.specimen import completed
from gateway.policy.trace import Reach, Trace, trace

Make = Callable[..., Path]

RULE = """package lictor.request

import data.lictor.help

deny contains {"rule": "a.much", "reason": "R."} if {
	input.size.segments > 3
	input.size.body_kib > data.settings.most
	print("so much", input.size.body_kib)
}

flag contains {"rule": "a.mail", "reason": "R."} if {
	some f in input.findings
	f.category == "pii"
	f.score >= help.least
}

flag contains {"rule": "a.word", "reason": "R."} if to_number(input.caller.app) > 1
"""
HELP = "package lictor.help\n\nleast := data.settings.least if not input.exchange.stream\n"
DATA = {"settings": {"most": 8, "least": 0.5}}


def traced(make_bundle: Make, facts: Mapping[str, object]) -> Trace:
    root = make_bundle({"a.rego": RULE, "h.rego": HELP}, DATA)
    return trace(load(root), "request", completed("request", {"caller": {"app": "1"}, **facts}))


def one(told: Trace, id_: str) -> Reach:
    (reach,) = told.of_rule(id_)
    return reach


def test_the_first_condition_that_is_not_true(make_bundle: Make) -> None:
    reach = one(traced(make_bundle, {}), "a.much")
    assert not reach.held
    assert reach.failing is not None
    assert (reach.failing.line, reach.failing.text) == (6, "input.size.segments > 3")
    assert reach.values == {"input.size.segments": 1}


def test_the_furthest_condition_counts(make_bundle: Make) -> None:
    reach = one(traced(make_bundle, {"size": {"segments": 4}}), "a.much")
    assert reach.failing is not None
    assert reach.failing.line == 7
    assert reach.values == {"input.size.body_kib": 1, "data.settings.most": 8}


def test_what_held_and_was_printed(make_bundle: Make) -> None:
    told = traced(make_bundle, {"size": {"segments": 4, "body_kib": 9}})
    reach = one(told, "a.much")
    assert (reach.held, reach.failing) == (True, None)
    assert told.printed == ("a.rego:8: so much 9",)


def test_local_variables_and_other_rules_are_told(make_bundle: Make) -> None:
    findings = [{"category": "secret"}, {"category": "pii", "score": 0.25}]
    reach = one(traced(make_bundle, {"findings": findings}), "a.mail")
    assert reach.failing is not None
    assert reach.failing.text == "f.score >= data.lictor.help.least"
    assert reach.values == {"f.score": 0.25, "data.lictor.help.least": 0.5}


def test_rules_that_others_lead_to_are_traced(make_bundle: Make) -> None:
    told = traced(make_bundle, {"findings": [{}]})
    (helper,) = [reach for reach in told.reaches if reach.query.name == "lictor.help.least"]
    assert (helper.held, helper.query.module.file, helper.query.line) == (True, "h.rego", 3)


def test_a_fault_is_told_with_what_came_before(make_bundle: Make) -> None:
    told = traced(make_bundle, {"caller": {"app": "x"}})
    assert "a.rego:17" in told.fault
    assert any(reach.query.ids == ("a.much",) for reach in told.reaches)


def test_a_plan_can_be_traced() -> None:
    told = trace(load(baseline()), "plan", completed("plan", {"installed": ["classifiers"]}))
    held = {reach.query.name for reach in told.reaches if reach.held}
    assert {"lictor.plan.detectors", "lictor.plan.present"} <= held
