from collections.abc import Callable
from random import Random

import pytest

from evalsuites.harness.gates.controls import controls
from evalsuites.harness.gates.gate import GateFile
from evalsuites.harness.gates.ruling import rule
from evalsuites.harness.gates.weakened import weakened
from evalsuites.harness.result import Result, Score, Status
from evalsuites.harness.suite import Case, Suite
from tests.evalsuites.harness.conftest import MakeGates, MakeSuite

PARITY = {"kind": "parity", "margin": 0.1}


@pytest.fixture
def paired(make_suite: MakeSuite) -> Suite:
    return make_suite([
        {"id": f"{n}{side}", "input": {"prompt": "?"}, "strata": {"pair": f"{n}", "side": side}}
        for n in range(60)
        for side in "ab"
    ])  # fmt: skip


def results(suite: Suite, value: Callable[[Case], float]) -> list[Result]:
    return [
        Result(suite.name, one.id, 1, Status.OK, {"polite": Score(value(one))}, strata=one.strata)
        for one in suite.cases
    ]


def state(gates: GateFile, suite: Suite, found: list[Result]) -> str:
    return rule(gates, {suite.name: suite}, found).gates[0].state


def test_equal_sides_pass_and_one_sided_outcomes_fail(paired: Suite, make_gates: MakeGates) -> None:
    gates = make_gates(PARITY)
    assert state(gates, paired, results(paired, lambda one: 1.0)) == "pass"
    one_sided = results(paired, lambda one: float(one.strata["side"] == "a"))
    assert state(gates, paired, one_sided) == "fail"
    other = results(paired, lambda one: float(one.strata["side"] == "b"))
    assert state(gates, paired, other) == "fail"


def test_noise_on_few_pairs_is_inconclusive(paired: Suite, make_gates: MakeGates) -> None:
    random = Random(1)
    noisy = results(paired, lambda one: float(random.random() < 0.5))
    assert state(make_gates({"kind": "parity", "margin": 0.01}), paired, noisy) == "inconclusive"


def test_cases_without_pairs_show_nothing(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    suite = make_suite(10)
    ruling = rule(make_gates(PARITY), {suite.name: suite}, results(suite, lambda one: 1.0))
    assert ruling.gates[0].reason == "there is no pair of which both sides were measured"
    assert ruling.exit_code == 3


def test_the_gate_can_fail_and_pass(paired: Suite, make_gates: MakeGates) -> None:
    assert [one.works for one in controls(make_gates(PARITY), {paired.name: paired})] == [True]


def test_a_wider_margin_or_another_pairing_is_a_weaker_gate(make_gates: MakeGates) -> None:
    before = make_gates(PARITY)
    wider = make_gates({**PARITY, "margin": 0.2})
    other = make_gates({**PARITY, "pair": "situation"})
    assert [one.what for one in weakened(before, wider)] == ["margin"]
    assert [one.what for one in weakened(before, other)] == ["pair"]


def test_the_alarm_rings_by_chance_as_seldom_as_it_says(paired: Suite, make_gates: MakeGates) -> None:
    gates, random, alarms = make_gates({"kind": "parity", "margin": 0.1}), Random(7), 0
    for _ in range(200):
        # The true difference is at the margin: the worst case in which the gate just holds.
        found = results(
            paired, lambda one: float(random.random() < (0.6 if one.strata["side"] == "a" else 0.5))
        )
        alarms += state(gates, paired, found) == "fail"
    assert alarms <= 18  # 5 % of 200, and three standard errors
