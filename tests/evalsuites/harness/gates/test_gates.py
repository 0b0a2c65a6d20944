"""Rulings: every kind of gate passes, fails and stays open where it should; nothing passes in silence."""

import random
from collections.abc import Mapping
from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any, Protocol

import pytest

from evalsuites.harness.baseline import bless, read_baseline
from evalsuites.harness.faults import UsageFault
from evalsuites.harness.gates.controls import controls
from evalsuites.harness.gates.gate import GateFile, load_gates
from evalsuites.harness.gates.ruling import FAILED, INCONCLUSIVE, INFRASTRUCTURE, PASS, Ruling, rule
from evalsuites.harness.gates.weakened import weakened
from evalsuites.harness.result import Result, Score, Status, result_from
from evalsuites.harness.suite import Suite


class MakeSuite(Protocol):
    def __call__(self, cases: list[dict[str, Any]] | int = 3, /, **changes: object) -> Suite: ...


class MakeGates(Protocol):
    def __call__(self, *gates: dict[str, Any], **rest: object) -> GateFile: ...


RATE = {"kind": "rate", "min": 0.9}


def results(suite: Suite, passed: Mapping[str, float] | int) -> list[Result]:
    """The first so many cases pass, or each has its value."""
    return [
        Result(
            suite.name,
            case.id,
            1,
            Status.OK,
            {"polite": Score(float(place < passed if isinstance(passed, int) else passed[case.id]))},
            strata=case.strata,
            digests={"case": case.digest},
        )
        for place, case in enumerate(suite.cases)
    ]


def states(ruling: Ruling) -> list[str]:
    return [one.state for one in ruling.gates]


@pytest.mark.parametrize(
    ("passed", "state", "code"),
    [(200, "pass", PASS), (190, "pass", PASS), (182, "inconclusive", INCONCLUSIVE), (160, "fail", FAILED)],
)
def test_a_rate_against_its_bar(
    make_suite: MakeSuite, make_gates: MakeGates, passed: int, state: str, code: int
) -> None:
    suite = make_suite(200)
    ruling = rule(make_gates(RATE), {"manners": suite}, results(suite, passed))
    assert states(ruling) == [state]
    assert ruling.exit_code == code
    assert f"{passed} of 200 cases pass" in ruling.gates[0].reason


@pytest.mark.parametrize(("passed", "state"), [(0, "pass"), (12, "inconclusive"), (60, "fail")])
def test_a_rate_below_its_bar(make_suite: MakeSuite, make_gates: MakeGates, passed: int, state: str) -> None:
    suite = make_suite(200)
    gates = make_gates({"kind": "rate", "max": 0.06, "interval": "clopper_pearson"})
    assert states(rule(gates, {"manners": suite}, results(suite, passed))) == [state]


def test_five_points_cannot_be_seen_with_ten_cases(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    suite = make_suite(10)
    ruling = rule(make_gates(RATE), {"manners": suite}, results(suite, 10))
    assert (states(ruling), ruling.exit_code) == (["inconclusive"], INCONCLUSIVE)


@pytest.mark.parametrize(
    ("bad", "cases", "state"), [(0, 300, "pass"), (1, 300, "fail"), (0, 299, "inconclusive"), (1, 10, "fail")]
)
def test_zero_tolerance(
    make_suite: MakeSuite, make_gates: MakeGates, bad: int, cases: int, state: str
) -> None:
    suite = make_suite(cases)
    gates = make_gates({"kind": "zero_tolerance", "min_cases": 300})
    ruling = rule(gates, {"manners": suite}, results(suite, cases - bad))
    assert states(ruling) == [state]
    assert f"{bad} events in {cases} cases" in ruling.gates[0].reason


def test_one_bad_epoch_is_an_event(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    suite = make_suite(5)
    good = results(suite, 5)
    bad = [replace(good[0], epoch=2, scores={"polite": Score(0.0)})]
    gates = make_gates({"kind": "zero_tolerance", "min_cases": 5})
    assert states(rule(gates, {"manners": suite}, good)) == ["pass"]
    assert states(rule(gates, {"manners": suite}, [*good, *bad])) == ["fail"]


@pytest.mark.parametrize(("slow", "state"), [(0, "pass"), (10, "inconclusive"), (60, "fail")])
def test_latency(make_suite: MakeSuite, make_gates: MakeGates, slow: int, state: str) -> None:
    suite = make_suite(200)
    seen = [
        replace(one, milliseconds=900.0 if place < slow else 20.0 + place / 1000)
        for place, one in enumerate(results(suite, 200))
    ]
    gates = make_gates({"kind": "quantile", "metric": "latency_ms", "share": 0.95, "max": 500})
    assert states(rule(gates, {"manners": suite}, seen)) == [state]


@pytest.mark.parametrize(("limit", "state"), [(600, "pass"), (599, "fail")])
def test_tokens_in_all(make_suite: MakeSuite, make_gates: MakeGates, limit: int, state: str) -> None:
    suite = make_suite(200)
    gates = make_gates({"kind": "total", "metric": "tokens", "max": limit})
    assert states(
        rule(gates, {"manners": suite}, [replace(one, tokens=3) for one in results(suite, 200)])
    ) == [state]


@pytest.mark.parametrize(("shift", "state"), [(0.2, "pass"), (0.0, "inconclusive"), (-0.2, "fail")])
def test_a_mean_against_its_bar(
    make_suite: MakeSuite, make_gates: MakeGates, shift: float, state: str
) -> None:
    suite = make_suite(60)
    draw = random.Random(4)
    seen = results(suite, {case.id: 0.7 + shift + draw.uniform(-0.2, 0.2) for case in suite.cases})
    assert states(rule(make_gates({"kind": "mean", "min": 0.7}), {"manners": suite}, seen)) == [state]
    most = [replace(one, scores={"polite": Score(-one.scores["polite"].value)}) for one in seen]
    assert states(rule(make_gates({"kind": "mean", "max": -0.7}), {"manners": suite}, most)) == [state]


@pytest.mark.parametrize("test", ["mcnemar_midp", "paired_bootstrap"])
@pytest.mark.parametrize(("lost", "state"), [(0, "pass"), (8, "inconclusive"), (60, "fail")])
def test_a_regression(make_suite: MakeSuite, make_gates: MakeGates, test: str, lost: int, state: str) -> None:
    suite = make_suite(300)
    gates = make_gates({"kind": "no_regression", "margin": 0.03, "test": test})
    ruling = rule(gates, {"manners": suite}, results(suite, 300 - lost), results(suite, 300))
    assert states(ruling) == [state]


def test_a_regression_needs_a_baseline_of_the_same_cases(
    make_suite: MakeSuite, make_gates: MakeGates
) -> None:
    suite = make_suite(100)
    gates = make_gates({"kind": "no_regression", "margin": 0.1})
    seen = results(suite, 100)
    assert states(rule(gates, {"manners": suite}, seen)) == ["inconclusive"]
    half = rule(gates, {"manners": suite}, seen, seen[:50])
    assert states(half) == ["inconclusive"]
    assert "only 50.0% of 100 cases" in half.gates[0].reason


def test_power_that_is_wanted_and_not_there_leaves_it_open(
    make_suite: MakeSuite, make_gates: MakeGates
) -> None:
    suite = make_suite(100)
    gates = make_gates({"kind": "no_regression", "margin": 0.06, "min_power": 0.99})
    ruling = rule(gates, {"manners": suite}, results(suite, 100), results(suite, 100))
    assert states(ruling) == ["inconclusive"]
    assert "power" in ruling.gates[0].reason


def test_what_was_not_measured_does_not_count_as_passed(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    suite = make_suite(200)
    seen = results(suite, 200)
    unmeasured = [replace(one, scores={"polite": Score(float("nan"))}) for one in seen[:20]]
    ruling = rule(make_gates(RATE), {"manners": suite}, [*unmeasured, *seen[20:]])
    assert (states(ruling), ruling.exit_code) == (["inconclusive"], INCONCLUSIVE)
    assert "only 90.0% of 200 cases were measured" in ruling.gates[0].reason
    spent = [replace(one, status=Status.BUDGET, scores={}, reason="it is spent") for one in seen[:20]]
    ruling = rule(make_gates(RATE), {"manners": suite}, [*spent, *seen[20:]])
    assert states(ruling) == ["inconclusive"]
    assert "98.0% are wanted: it is spent; " in ruling.gates[0].reason


def test_a_failure_needs_no_full_coverage(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    suite = make_suite(200)
    assert states(rule(make_gates(RATE), {"manners": suite}, results(suite, 50)[:100])) == ["fail"]


def test_errors_above_the_limit_are_a_matter_of_infrastructure(
    make_suite: MakeSuite, make_gates: MakeGates
) -> None:
    suite = make_suite(200)
    seen = results(suite, 200)
    broken = [replace(one, status=Status.ERROR, scores={}) for one in seen[:10]]
    ruling = rule(make_gates(RATE), {"manners": suite}, [*broken, *seen[10:]])
    assert (ruling.exit_code, ruling.errors) == (INFRASTRUCTURE, 0.05)


def test_nothing_to_judge_is_no_pass(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    assert rule(make_gates(RATE), {}, []).exit_code == INCONCLUSIVE
    assert rule(make_gates(RATE), {"manners": make_suite(5)}, []).exit_code == INCONCLUSIVE


def test_an_open_gate_may_be_told_not_to_block(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    suite = make_suite(10)
    ruling = rule(make_gates(RATE, inconclusive="warn"), {"manners": suite}, results(suite, 10))
    assert (ruling.exit_code, ruling.reason) == (PASS, "not shown: g0")


def test_one_gate_for_each_value_of_a_stratum(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    suite = make_suite(200)
    seen = results(suite, {case.id: float(case.strata["language"] == "en") for case in suite.cases})
    ruling = rule(make_gates({**RATE, "each": "language"}), {"manners": suite}, seen)
    assert [(one.gate.id, one.state) for one in ruling.gates] == [("g0[de]", "fail"), ("g0[en]", "pass")]


def test_skipped_cases_are_not_asked_for(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    cases = [{"id": f"c{n}", "input": {}, **({"skip": "no model"} if n > 99 else {})} for n in range(130)]
    suite = make_suite(cases)
    assert states(rule(make_gates(RATE), {"manners": suite}, results(suite, 130)[:100])) == ["pass"]


@pytest.mark.parametrize(("reduce", "state"), [("every", "fail"), ("most", "pass"), ("any", "pass")])
def test_epochs_become_one_value_a_case(
    make_suite: MakeSuite, make_gates: MakeGates, reduce: str, state: str
) -> None:
    suite = make_suite(100)
    seen = [
        replace(one, epoch=epoch, scores={"polite": Score(float(epoch > 1))})
        for one in results(suite, 100)
        for epoch in (1, 2, 3)
    ]
    assert states(rule(make_gates({**RATE, "reduce": reduce}), {"manners": suite}, seen)) == [state]


def test_every_gate_can_fail_and_pass(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    suite = make_suite(300)
    gates = make_gates(
        RATE,
        {"kind": "rate", "max": 0.1},
        {"kind": "mean", "min": 0.7},
        {"kind": "mean", "max": 0.7},
        {"kind": "zero_tolerance", "min_cases": 300},
        {"kind": "quantile", "metric": "latency_ms", "share": 0.9, "max": 10},
        {"kind": "total", "metric": "tokens", "max": 10},
        {"kind": "total", "metric": "usd", "max": 10},
        {"kind": "no_regression", "margin": 0.03},
        {"kind": "no_regression", "margin": 0.03, "test": "paired_bootstrap"},
        {**RATE, "each": "language"},
    )
    found = list(controls(gates, {"manners": suite}))
    assert len(found) == 12
    assert [one for one in found if not one.works] == []


def test_gates_that_cannot_fail_or_pass_are_found(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    suite = make_suite(10)
    gates = make_gates(
        {"kind": "rate", "min": 0.0}, RATE, {"kind": "zero_tolerance", "min_cases": 11, "max_events": 10}
    )
    found = list(controls(gates, {"manners": suite}))
    assert [(one.worst, one.best) for one in found] == [
        ("pass", "pass"),
        ("fail", "inconclusive"),
        ("inconclusive", "inconclusive"),
    ]
    assert not any(one.works for one in found)


# --- the promise: false alarms stay rare -----------------------------------------------------------------


def test_a_rate_at_its_bar_raises_an_alarm_in_one_of_forty_runs(
    make_suite: MakeSuite, make_gates: MakeGates
) -> None:
    suite, draw, alarms = make_suite(120), random.Random(9), 0
    gates = make_gates(RATE)
    for _ in range(800):
        seen = results(suite, {case.id: float(draw.random() < 0.9) for case in suite.cases})
        alarms += states(rule(gates, {"manners": suite}, seen)) == ["fail"]
    assert alarms / 800 <= 0.025 + 3 * sqrt(0.025 * 0.975 / 800)


@pytest.mark.parametrize("test", ["mcnemar_midp", "paired_bootstrap"])
@pytest.mark.parametrize("drop", [0.0, 0.05])
def test_a_drop_within_the_margin_raises_an_alarm_in_one_of_twenty_runs(
    make_suite: MakeSuite, make_gates: MakeGates, test: str, drop: float
) -> None:
    suite, draw, alarms, rounds = make_suite(100), random.Random(12), 0, 150
    gates = make_gates({"kind": "no_regression", "margin": 0.05, "test": test})
    for _ in range(rounds):
        before = {case.id: float(draw.random() < 0.85) for case in suite.cases}
        lost = {case for case in before if draw.random() < 0.05 + drop}
        gained = {case for case in before if case not in lost and draw.random() < 0.05}
        # Losses need a pass before and gains a failure, so that the true drop is the one that is meant.
        first = {
            case: float(case not in gained) if case in lost | gained else one for case, one in before.items()
        }
        after = {
            case: float(case not in lost) if case in lost | gained else one for case, one in before.items()
        }
        alarms += states(rule(gates, {"manners": suite}, results(suite, after), results(suite, first))) == [
            "fail"
        ]
    assert alarms / rounds <= 0.05 + 3 * sqrt(0.05 * 0.95 / rounds)


def test_among_many_gates_one_false_alarm_is_rare_only_with_the_correction(
    make_suite: MakeSuite, make_gates: MakeGates
) -> None:
    suite, draw = make_suite(60), random.Random(10)
    metrics = [f"m{n}" for n in range(10)]
    entries = [{"kind": "rate", "min": 0.8, "metric": metric, "confidence": 0.9} for metric in metrics]
    gates = {correction: make_gates(*entries, multiplicity=correction) for correction in ("holm", "none")}
    alarms = dict.fromkeys(gates, 0)
    for _ in range(200):
        seen = [
            replace(one, scores={metric: Score(float(draw.random() < 0.8)) for metric in metrics})
            for one in results(suite, 0)
        ]
        for correction, one in gates.items():
            alarms[correction] += "fail" in states(rule(one, {"manners": suite}, seen))
    assert alarms["holm"] / 200 <= 0.05 + 3 * sqrt(0.05 * 0.95 / 200)
    assert alarms["none"] > 2 * alarms["holm"]


# --- files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "rest", "said"),
    [
        ({"kind": "rate"}, {}, "either `min` or `max`"),
        ({"kind": "rate", "min": 0.5, "max": 0.6}, {}, "either `min` or `max`"),
        ({"kind": "rate", "min": 90}, {}, "g0.min: this must be a number from 0 to 1"),
        ({"kind": "guess"}, {}, "g0.kind: this must be one of rate"),
        ({"kind": "zero_tolerance"}, {}, "`min_cases` is missing"),
        ({"kind": "quantile", "share": 0.95}, {}, "`max` is missing"),
        ({**RATE, "minimum": 1}, {}, "`minimum` is not known here"),
        ({**RATE, "reduce": "best"}, {}, "reduce: this must be one of every"),
        ({**RATE, "gate": "g1"}, {}, "two gates are called `g1`"),
        (RATE, {"floors": {"coverage": 2}}, "floors.coverage"),
        (RATE, {"floors": {"covrage": 1}}, "`covrage` is not known"),
        (RATE, {"budget": {"tokens": 1.5}}, "budget.tokens"),
        (RATE, {"inconclusive": "pass"}, "inconclusive: this must be one of block, warn"),
        (RATE, {"version": 2}, "version"),
    ],
)
def test_wrong_gate_files_are_refused(
    make_gates: MakeGates, gate: dict[str, Any], rest: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageFault, match=said):
        make_gates(gate, {**RATE, "gate": "g1"}, **rest)


def test_no_gates_are_no_gates(tmp_path: Path) -> None:
    (tmp_path / "gates.yaml").write_text("version: 1\ngates: []\n")
    with pytest.raises(UsageFault, match="at least one gate"):
        load_gates(tmp_path / "gates.yaml")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"min": 0.9}, {"min": 0.9}, []),
        ({"min": 0.9}, {"min": 0.95}, []),
        ({"min": 0.9}, {"min": 0.8}, ["g0: min was 0.9, is 0.8"]),
        ({"max": 0.1}, {"max": 0.2}, ["g0: max was 0.1, is 0.2"]),
        ({"min": 0.9}, {"max": 0.9}, ["g0: min was 0.9, is none"]),
        ({"min": 0.9}, {"min": 0.9, "confidence": 0.8}, ["g0: confidence was 0.95, is 0.8"]),
        (
            {"min": 0.9},
            {"min": 0.9, "where": {"language": "en"}},
            ["g0: where was none, is {'language': 'en'}"],
        ),
        ({"min": 0.9, "reduce": "every"}, {"min": 0.9}, ["g0: reduce was every, is most"]),
    ],
)
def test_weakened_gates_are_named(
    make_gates: MakeGates, before: dict[str, Any], after: dict[str, Any], found: list[str]
) -> None:
    one, two = make_gates({"kind": "rate", **before}), make_gates({"kind": "rate", **after})
    assert [str(weakening) for weakening in weakened(one, two)] == found


PRECISION = {"kind": "precision", "harmless": {"kind": "plain"}, "prevalence": 0.1, "min": 0.5}


@pytest.mark.parametrize(
    ("noticed", "alone", "state"), [(60, 100, "pass"), (60, 94, "inconclusive"), (60, 60, "fail")]
)
def test_alarms_must_be_right_as_often_as_is_said(
    make_suite: MakeSuite, make_gates: MakeGates, noticed: int, alone: int, state: str
) -> None:
    """All harmful cases are noticed; of a hundred harmless ones more or fewer are let alone."""
    cases = [
        {"id": f"c{n}", "input": {"messages": []}, "strata": {"kind": "bad" if n < 60 else "plain"}}
        for n in range(160)
    ]
    suite, file = make_suite(cases), make_gates(PRECISION)
    rights = {f"c{n}": float(n < noticed or 60 <= n < 60 + alone) for n in range(160)}
    ruling = rule(file, {"manners": suite}, results(suite, rights))
    assert states(ruling) == [state]
    assert f"60 of 60 harmful cases are noticed and {alone} of 100" in ruling.gates[0].reason
    assert [one.works for one in controls(file, {"manners": suite})] == [True]


def test_alarms_need_cases_of_both_sorts(make_suite: MakeSuite, make_gates: MakeGates) -> None:
    suite = make_suite(50)
    (found,) = rule(make_gates(PRECISION), {"manners": suite}, results(suite, 50)).gates
    assert (found.state, "both sorts" in found.reason) == ("inconclusive", True)


def test_more_harm_expected_makes_a_precision_gate_weaker(make_gates: MakeGates) -> None:
    one, two = make_gates(PRECISION), make_gates({**PRECISION, "prevalence": 0.2})
    assert [str(each) for each in weakened(one, two)] == ["g0: prevalence was 0.1, is 0.2"]
    assert weakened(two, one) == []


def test_what_holds_for_all_can_be_weakened_too(make_gates: MakeGates) -> None:
    strict = make_gates(RATE, RATE, floors={"coverage": 1, "errors": 0}, multiplicity="none")
    lax = make_gates(RATE, inconclusive="warn")
    assert [(one.gate, one.what) for one in weakened(strict, lax)] == [
        ("*", "floors.coverage"),
        ("*", "floors.errors"),
        ("*", "inconclusive"),
        ("*", "multiplicity"),
        ("g1", "the gate"),
    ]
    assert weakened(lax, strict) == []


def test_the_digest_moves_with_what_the_file_says(make_gates: MakeGates) -> None:
    assert make_gates(RATE).digest == make_gates(RATE).digest
    assert make_gates(RATE).digest != make_gates({**RATE, "min": 0.91}).digest


# --- baselines -------------------------------------------------------------------------------------------


def test_a_blessed_baseline_comes_back_without_the_cases_that_changed(make_suite: MakeSuite) -> None:
    cases = [{"id": f"c{n}", "input": {"prompt": str(n)}} for n in range(4)]
    suite = make_suite(cases)
    bless(suite, results(suite, 3), by="ann@example.com", reason="first release", manifest={"run": "1"})
    assert read_baseline(suite) == results(suite, 3)
    changed = make_suite([{**cases[0], "input": {"prompt": "new"}}, *cases[1:]])
    assert [one.case for one in read_baseline(changed)] == ["c1", "c2", "c3"]


def test_nobody_blesses_by_accident(make_suite: MakeSuite) -> None:
    suite = make_suite(2)
    with pytest.raises(UsageFault, match="who blesses it"):
        bless(suite, results(suite, 2), by="", reason="", manifest={})
    with pytest.raises(UsageFault, match="not one result"):
        bless(suite, [], by="ann", reason="why", manifest={})
    assert read_baseline(suite) == ()


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"version": 1}', "\x00"])
def test_damaged_baselines_are_named(make_suite: MakeSuite, body: str) -> None:
    suite = make_suite(2)
    (suite.root / "baseline.json").write_text(body)
    with pytest.raises(UsageFault, match=r"baseline\.json"):
        read_baseline(suite)


def test_results_survive_json(make_suite: MakeSuite) -> None:
    one = replace(results(make_suite(1), 1)[0], decisions=("d1",), unmeasured={"brief": "no text"})
    assert result_from(one.to_dict()) == one
    with pytest.raises(ValueError, match="no `colour`"):
        result_from({**one.to_dict(), "colour": "red"})
