"""Mutation: a change that no test notices is listed, a change that one notices is not."""

import json
from collections.abc import Callable
from pathlib import Path

from gateway.cli.policy.exchanging import Exchanges
from gateway.policy.bundle import load
from gateway.policy.mutants import mutants, mutate, noticed
from gateway.policy.probe import Probe
from gateway.policy.shipped import baseline
from gateway.policy.suite import suite

Make = Callable[..., Path]

RULE = """package lictor.request

deny contains {"rule": "a.big", "reason": "No."} if {
	data.settings.on
	data.settings.mode == "strict"
	input.size.segments > data.settings.most
	input.caller.tenant in data.settings.tenants
}

deny contains {"rule": "a.b", "reason": "R"} if data.settings.mode == "never"
"""
DATA = {"settings": {"on": True, "mode": "strict", "most": 3, "tenants": ["a", "b"], "unread": 9}}
CASE = """
- name: case %s
  phase: request
  input: {size: {segments: %d}, caller: {tenant: %s}}
  expect: {answer: %s}
"""


def survivors(root: Path, *cases: tuple[int, str, str], leave: tuple[str, ...] = ()) -> set[str]:
    (root / "cases").mkdir(exist_ok=True)
    text = "".join(CASE % (number, *case) for number, case in enumerate(cases))
    (root / "cases" / "all.yaml").write_text(text or "[]")
    return {str(mutant) for mutant in mutate(load(root), suite(root), leave).survivors}


def test_settings_that_rules_read_and_comparisons_are_changed(make_bundle: Make) -> None:
    found = [str(mutant) for mutant in mutants(load(make_bundle({"a.rego": RULE}, DATA)))]
    assert found == [
        "settings.on: true to false",
        'settings.mode: "strict" to "never"',
        "settings.most: 3 to 2",
        "settings.most: 3 to 4",
        "settings.most: 3 to 0",
        "settings.most: 3 to 6",
        "settings.most: 3 to -3",
        'settings.tenants[0]: "a" to (dropped)',
        'settings.tenants[1]: "b" to (dropped)',
        'a.rego:5: data.settings.mode == "strict" to != for ==',
        "a.rego:6: input.size.segments > data.settings.most to >= for >",
        'a.rego:10: data.settings.mode == "never" to != for ==',
    ]


def test_what_no_test_notices_survives(make_bundle: Make) -> None:
    left = survivors(make_bundle({"a.rego": RULE}, DATA), (10, "a", "deny"))
    assert "settings.most: 3 to 4" in left
    assert 'settings.tenants[1]: "b" to (dropped)' in left
    assert 'settings.tenants[0]: "a" to (dropped)' not in left
    assert "settings.on: true to false" not in left


def test_tests_at_the_border_notice_everything(make_bundle: Make) -> None:
    root = make_bundle({"a.rego": RULE}, DATA)
    assert survivors(root, (3, "a", "allow"), (4, "a", "deny"), (4, "b", "deny")) == set()


def test_settings_can_be_left_alone(make_bundle: Make) -> None:
    left = survivors(make_bundle({"a.rego": RULE}, DATA), (10, "a", "deny"), leave=("settings.*",))
    assert left == {
        "a.rego:6: input.size.segments > data.settings.most to >= for >",
        'a.rego:10: data.settings.mode == "never" to != for ==',
    }


def test_a_probe_with_other_data_answers_as_a_fresh_one() -> None:
    bundle, tests = load(baseline()), suite(baseline(), exchanger=Exchanges())
    probe = Probe(bundle, tests.modules)
    for mutant in list(mutants(bundle))[::11]:
        fresh = Probe(bundle, tests.modules)
        assert noticed(tests, probe, mutant) == noticed(tests, fresh, mutant), str(mutant)


def test_data_are_not_changed_in_place() -> None:
    bundle = load(baseline())
    before = json.dumps(bundle.data)
    assert len(list(mutants(bundle))) > 100
    assert json.dumps(bundle.data) == before
