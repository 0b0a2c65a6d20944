"""Judges and gates: only one that is calibrated and awake decides, and its errors are in the answer."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.gates.controls import controls
from evalsuites.harness.gates.gate import Budget, load_gates
from evalsuites.harness.gates.ruling import FAILED, INCONCLUSIVE, PASS, GateResult, Ruling, rule
from evalsuites.harness.gates.weakened import weakened
from evalsuites.harness.judging import calibration
from evalsuites.harness.judging.bench import Bench
from evalsuites.harness.judging.calibrating import Outcome, calibrated
from evalsuites.harness.judging.labels import load_labels
from evalsuites.harness.judging.profile import Profile
from evalsuites.harness.judging.standing import standings
from evalsuites.harness.metrics.registry import metric_of
from evalsuites.harness.result import Result
from evalsuites.harness.runner import Runner
from evalsuites.harness.spending import Spending
from evalsuites.harness.suite import Suite
from evalsuites.harness.target.answer import Answer
from tests.evalsuites.harness.conftest import MakeGates, MakeSuite
from tests.evalsuites.harness.judging.conftest import (
    CASES,
    MakeProfile,
    Scripted,
    said,
    truth,
    write_labels,
    wrong,
)

TODAY = date(2026, 11, 26)
GATE: dict[str, Any] = {"metric": "kind", "kind": "rate", "min": 0.7}
USE = {"use": "judged", "name": "kind", "with": {"judge": "./kind"}}
MakeBench = Callable[..., Bench]


@pytest.fixture
def make_bench(scripted: Scripted) -> MakeBench:
    def make(tokens: int | None = None) -> Bench:
        return Bench(lambda: scripted, Spending(Budget(tokens=tokens)), 5)

    return make


@pytest.fixture
def suite(make_suite: MakeSuite) -> Suite:
    cases = [
        {"id": f"c{n}", "input": {"messages": [{"role": "user", "content": f"{n}?"}]}} for n in range(CASES)
    ]
    return make_suite(cases, metrics=[USE], request={"model": "gpt-4.1"})


@pytest.fixture
def profile(make_profile: MakeProfile, suite: Suite) -> Profile:
    """The judge beside the suite, with labels."""
    made = make_profile(suite.root)
    write_labels(made)
    return made


def calibrate(bench: Bench, profile: Profile) -> Outcome:
    file = calibration.labels_of(profile)
    found = calibrated(bench, profile, load_labels(file, profile), file=file.name, on=TODAY)
    if found.document is not None:
        calibration.write(found.document, calibration.file_of(profile))
    return found


def ran(bench: Bench, suite: Suite, scripted: Scripted) -> list[Result]:
    """What a run gathers: canaries, then cases."""
    metrics = {use.name: metric_of(use, "suite", suite.root) for use in suite.metrics}
    profile = next(iter(metrics.values())).profile  # type: ignore[attr-defined]
    runner = Runner(scripted, bench.spending, 5, bench=bench)
    canaries = [bench.canary(profile, one) for one in profile.canaries]
    return [*canaries, *(runner.run(suite, case, 1, metrics) for case in suite.cases)]


def ruled(make_gates: MakeGates, suite: Suite, results: Sequence[Result], **gate: object) -> Ruling:
    gates = make_gates({name: value for name, value in {**GATE, **gate}.items() if value is not None})
    suites = {suite.name: suite}
    return rule(gates, suites, results, (), standings(suites, gates.gates, TODAY))


@pytest.fixture
def judged(
    make_bench: MakeBench, make_gates: MakeGates, suite: Suite, profile: Profile, scripted: Scripted
) -> Callable[..., GateResult]:
    """Run and rule, with a judge that is spoilt, or not."""

    def made(spoil: Any = None, **gate: object) -> GateResult:  # noqa: ANN401 - a scripted judge's
        scripted.spoil = spoil or (lambda *_: None)
        return ruled(make_gates, suite, ran(make_bench(), suite, scripted), **gate).gates[0]

    return made


Judged = Callable[..., GateResult]


# -- a judge that decides --------------------------------------------------------------------------


def test_a_calibrated_judge_decides(make_bench: MakeBench, profile: Profile, judged: Judged) -> None:
    calibrate(make_bench(), profile)
    found = judged()
    assert found.state == "pass"
    assert "the judge passes 36 of 40 cases; corrected for its errors" in found.reason
    assert "passes 20 of 20 good answers and fails 20 of 20 bad ones" in found.reason
    assert judged(min=0.85).state == "inconclusive"
    assert judged(min=None, max=0.5).state == "fail"


def test_the_interval_carries_the_doubt_about_the_judge(  # noqa: PLR0917 - fixtures
    make_bench: MakeBench, make_profile: MakeProfile, suite: Suite, profile: Profile, judged: Judged,
    scripted: Scripted,
) -> None:  # fmt: skip
    """The same verdicts, from a judge that was seen to pass a third of what is bad."""
    calibrate(make_bench(), profile)
    sure = judged(min=0.75)
    scripted.spoil = lambda _, answer, __: wrong(answer) if re.match(r"No [1-7]$", answer) else None
    calibrate(make_bench(), make_profile(suite.root, requires={"min_kappa": 0.1, "min_labels": 20}))
    unsure = judged(min=0.75)
    assert sure.evidence is not None
    assert unsure.evidence is not None
    assert "passes 20 of 20 good answers and fails 13 of 20 bad ones" in unsure.reason
    assert sure.evidence.estimate == pytest.approx(0.9)
    assert unsure.evidence.estimate == pytest.approx((0.9 + 0.65 - 1) / 0.65)
    assert (sure.state, unsure.state) == ("pass", "inconclusive")
    assert unsure.evidence.interval.low < 0.75 < sure.evidence.interval.low


def test_cases_that_are_not_like_the_labels_are_no_evidence(  # noqa: PLR0917 - fixtures
    make_bench: MakeBench, make_profile: MakeProfile, suite: Suite, profile: Profile, judged: Judged,
    scripted: Scripted,
) -> None:  # fmt: skip
    """It passes half of the good labels, and nine tenths of the cases: then its errors are not known here."""
    scripted.spoil = lambda _, answer, __: (
        wrong(answer) if re.match(r"Thank you \d*[02468]$", answer) else None
    )
    calibrate(make_bench(), make_profile(suite.root, requires={"min_kappa": 0.1, "min_labels": 20}))
    found = judged()
    assert found.state == "inconclusive"
    assert found.reason.startswith("it passes more of these cases than of good answers")


def test_what_a_judge_said_is_kept(
    make_bench: MakeBench, suite: Suite, profile: Profile, scripted: Scripted
) -> None:
    bench = make_bench()
    results = ran(bench, suite, scripted)
    assert {one.suite for one in results} == {"judge/kind", "manners"}
    for one in results[3:]:
        told = one.judged["kind"]
        assert told["profile"] == profile.digest
        assert told["votes"] in (["pass", "pass"], ["fail", "fail"])
        assert (told["models"], told["decisions"], told["tokens"]) == (
            ["gpt-judge-2026"],
            ["lx-1", "lx-1"],
            20,
        )
        assert one.tokens == 30
    assert bench.spending.tokens == 40 * 10 + 43 * 20


def test_equal_runs_ask_equal_questions_and_repeats_and_cases_others(
    make_bench: MakeBench, suite: Suite, profile: Profile, scripted: Scripted
) -> None:
    ran(make_bench(), suite, scripted)
    first = [one for one in scripted.asked if one.role == "judge"]
    scripted.asked.clear()
    ran(make_bench(), suite, scripted)
    assert [one for one in scripted.asked if one.role == "judge"] == first
    assert {one.repeat for one in first} == {1, 2}
    assert len({one.body["seed"] for one in first}) == len(first)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/v1/messages"])
def test_a_judge_is_asked_in_any_dialect(make_bench: MakeBench, make_profile: MakeProfile, path: str) -> None:
    prompt = {"messages": None, "prompt": "{{question}} {{answer}}"} if path == "/v1/completions" else {}
    verdict = {"form": "json", "pass": "pass", "fail": "fail"}
    profile = make_profile(request={"model": "m", "path": path}, verdict=verdict, **prompt)
    asked = []

    class Target:
        def ask(self, request: Any, timeout_s: float) -> Answer:  # noqa: ANN401 - a fake
            asked.append(request)
            return said('{"verdict": "pass"}', "m")

        def close(self) -> None: ...

    bench = Bench(Target, Spending(Budget()), 5)
    assert bench.canary(profile, profile.canaries[0]).scores["canary"].value == 1
    body = asked[0].body
    assert (asked[0].path, "path" in body, "prompt" in body) == (path, False, path == "/v1/completions")
    assert ("response_format" in body) == (path == "/v1/chat/completions")


# -- one that does not -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda _, answer, __: "PASS" if "say PASS" in answer else None, "it fails the injecting canary i"),
        (lambda *_: "PASS", "it fails the bad canary b; it fails the injecting canary i"),
        (lambda *_: "FAIL", "it fails the good canary g"),
        (
            lambda _, answer, __: f"I say {truth(answer)}",
            "it fails the good canary g; it fails the bad canary b",
        ),
        (
            lambda *_: TimeoutError(),
            "the canary g has no verdict: infrastructure: the judge gave no answer in 5 s",
        ),
    ],
    ids=["hijacked", "lenient", "strict", "chatty", "silent"],
)
def test_a_judge_that_fails_its_canaries_decides_nothing(
    make_bench: MakeBench, profile: Profile, judged: Judged, spoil: object, reason: str
) -> None:
    calibrate(make_bench(), profile)
    found = judged(spoil)
    assert (found.state, found.evidence) == ("inconclusive", None)
    assert found.reason.startswith(f"the judge `kind` decides nothing: {reason}")


def test_canaries_that_were_not_sent_prove_nothing(
    make_bench: MakeBench, make_gates: MakeGates, suite: Suite, profile: Profile, scripted: Scripted
) -> None:
    calibrate(make_bench(), profile)
    found = ruled(make_gates, suite, ran(make_bench(), suite, scripted)[1:])
    assert found.exit_code == INCONCLUSIVE
    assert "decides nothing: the canary g was not sent. It passes 36 of 40 cases" in found.gates[0].reason


BROKEN: dict[str, tuple[object, str]] = {
    "wavers": (lambda repeat: "PASS" if repeat == 1 else "FAIL", "the judge abstains: pass, fail"),
    "babbles": (lambda _: "Well, PASS", "the judge abstains: unreadable, unreadable"),
    "is silent": (lambda _: TimeoutError(), "infrastructure: the judge gave no answer in 5 s"),
    "is gone": (lambda _: ConnectionError("gone"), "infrastructure: the judge cannot be asked: gone"),
    "breaks": (
        lambda _: Answer(503, {"error": {"message": "busy"}}),
        "infrastructure: the judge: HTTP 503: busy",
    ),
    "breaks once": (
        lambda repeat: Answer(500, {}) if repeat == 2 else None,
        "infrastructure: the judge: HTTP 500: ",
    ),
    "is not recorded": (
        lambda _: Answer(502, {"error": {"code": "no_recording", "message": "There is no recording ab."}}),
        (
            "infrastructure: the judge: There is no recording ab. "
            "--eval-mode replay asks for what is missing, and keeps it."
        ),
    ),
    "is stopped": (
        lambda _: Answer(400, {}, {"x-lictor-decision": "deny"}),
        "policy stopped the question to the judge: deny",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_whatever_is_no_verdict_is_unmeasured_and_never_a_pass(  # noqa: PLR0917 - fixtures
    make_bench: MakeBench, make_gates: MakeGates, suite: Suite, profile: Profile, scripted: Scripted, how: str
) -> None:
    calibrate(make_bench(), profile)
    spoil: Any = BROKEN[how][0]
    scripted.spoil = lambda question, _, repeat: spoil(repeat) if question == "10?" else None
    results = ran(make_bench(), suite, scripted)
    found = ruled(make_gates, suite, results).gates[0]
    assert (found.state, found.coverage) == ("inconclusive", 39 / 40)
    [open_one] = [one for one in results if one.unmeasured]
    assert (open_one.case, open_one.scores) == ("c10", {})
    assert open_one.unmeasured["kind"] == BROKEN[how][1]


def test_a_spent_budget_stops_judges_too(
    make_bench: MakeBench, make_gates: MakeGates, suite: Suite, profile: Profile, scripted: Scripted
) -> None:
    calibrate(make_bench(), profile)
    results = ran(make_bench(tokens=75), suite, scripted)  # three canaries, and one answer half judged
    assert results[3].unmeasured["kind"] == "the judge was not asked: the budget of 75 tokens is spent"
    assert results[-1].status == "budget"
    assert "not one case was measured" in ruled(make_gates, suite, results).gates[0].reason
    told = calibrate(make_bench(tokens=75), profile)
    assert told.document is None
    assert told.said == ["pass-1: the judge was not asked: the budget of 75 tokens is spent"]


def test_an_answer_that_policy_stopped_is_not_judged(suite: Suite, profile: Profile) -> None:
    metric: Any = metric_of(suite.metrics[0], "suite", suite.root)
    with pytest.raises(Exception, match="there is no answer to judge"):
        metric.subject(suite.cases[0], Answer(400, {}, {"x-lictor-decision": "deny"}))


STALE: dict[str, tuple[dict[str, Any], str]] = {
    "profile": ({"repeats": 3}, "its calibration is stale: the profile was changed since"),
    "number": (
        {"requires": {"min_kappa": 0.5, "min_labels": 50}},
        "was calibrated on 40 labels, 50 are wanted",
    ),
    "age": (
        {"requires": {"min_kappa": 0.5, "min_labels": 20, "max_age_days": 30}},
        "its calibration is stale: it is 2521 days old, at most 30 are wanted",
    ),
    "labels": ({}, "its calibration is stale: the labels were changed since"),
    "gone": ({}, "its calibration is stale: the labels kind.labels.jsonl are gone"),
    "none": ({}, "it is not calibrated: see `lictor evals calibrate`"),
    "kappa": ({}, "its kappa against people is 0.40 (0.1"),
    "coin": ({}, "it does no better than a coin"),
    "mute": ({}, "it gave no verdict on answers that people pass"),
    "model": ({}, "it answered as `gpt-judge-2027`, and was calibrated as gpt-judge-2026"),
}


@pytest.mark.parametrize("what", STALE)
def test_without_a_calibration_that_holds_nothing_is_decided(  # noqa: PLR0917 - fixtures
    make_bench: MakeBench, make_profile: MakeProfile, suite: Suite, profile: Profile, judged: Judged,
    scripted: Scripted, what: str,
) -> None:  # fmt: skip
    errs = {"kappa": r"[0-2]$", "coin": r"\d$"}.get(what, "^$")
    scripted.spoil = lambda _, answer, __: (
        "?"
        if what == "mute" and answer.startswith("Thank")
        else wrong(answer)
        if re.search(errs, answer)
        else None
    )
    calibrate(make_bench(), profile)
    file, labels = calibration.file_of(profile), calibration.labels_of(profile)
    make_profile(suite.root, **STALE[what][0])
    if what == "age":
        file.write_text(file.read_text().replace("2026-11-26", "2020-01-01"))
    elif what == "labels":
        labels.write_text(labels.read_text().replace("Thank you 3", "Thanks 3"))
    elif what == "gone":
        labels.unlink()
    elif what == "none":
        file.unlink()
    elif what == "model":
        scripted.model = "gpt-judge-2027"
    found = judged()
    assert found.state == "inconclusive"
    assert STALE[what][1] in found.reason
    assert "It passes 36 of 40 cases, uncorrected" in found.reason


def test_a_profile_that_changes_while_cases_run_is_noticed(  # noqa: PLR0917 - fixtures
    make_bench: MakeBench, make_gates: MakeGates, make_profile: MakeProfile, suite: Suite, profile: Profile,
    scripted: Scripted,
) -> None:  # fmt: skip
    results = ran(make_bench(), suite, scripted)
    calibrate(make_bench(), make_profile(suite.root, repeats=1))
    assert "its profile was changed while cases ran" in ruled(make_gates, suite, results).gates[0].reason


# -- files -----------------------------------------------------------------------------------------


def damaged(document: dict[str, Any], how: str) -> None:
    if how == "judge":
        document["judge"] = "other"
    elif how == "counts":
        document["counts"]["passed"] = 21
    elif how == "sum":
        document["labels"]["count"] = 41
    elif how == "kappa":
        document["rates"]["kappa"]["low"] = 0.9999
    elif how == "tpr":
        document["rates"]["tpr"] = None
    elif how == "nan":
        document["rates"]["kappa"]["estimate"] = float("nan")
    elif how == "date":
        document["date"] = "yesterday"
    else:
        document["better"] = True


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("judge", "this is a calibration of `other`"),
        ("counts", "counts.passed: this must be a whole number from 0 to 20"),
        ("sum", "its counts do not add up to its labels"),
        ("kappa", "rates.kappa.low: this does not follow from the counts"),
        ("tpr", "rates.tpr: this does not follow from the counts"),
        ("nan", "cannot be read: NaN is no number"),
        ("date", "date: this must be a date such as 2026-11-26"),
        ("more", "`better` is not known here"),
    ],
)
def test_a_calibration_that_was_tampered_with_is_named(  # noqa: PLR0917 - fixtures
    make_bench: MakeBench, suite: Suite, profile: Profile, scripted: Scripted, how: str, said: str
) -> None:
    scripted.spoil = lambda _, answer, __: wrong(answer) if answer.endswith("3") else None
    calibrate(make_bench(), profile)
    file = calibration.file_of(profile)
    document = json.loads(file.read_text())
    damaged(document, how)
    file.write_text(json.dumps(document))
    with pytest.raises(UsageFault, match=said) as fault:
        standings({suite.name: suite}, (), TODAY)
    assert "kind.calibration.json" in str(fault.value)


def test_a_calibration_says_what_it_is_of(
    make_bench: MakeBench, profile: Profile, scripted: Scripted
) -> None:
    scripted.spoil = lambda question, answer, repeat: (
        "PASS" if question == "1?" and repeat == 1 else wrong(answer) if question == "2?" else None
    )
    document = calibrate(make_bench(), profile).document
    assert document is not None
    assert document["counts"] == {
        "positives": 20,
        "passed": 19,
        "negatives": 19,
        "failed": 18,
        "abstained": 1,
    }
    assert document["unanimous"] == 39
    assert document["models"] == ["gpt-judge-2026"]
    assert document["rates"]["tpr"]["estimate"] == 0.95
    assert document["strata"]["half"]["odd"]["counts"]["abstained"] == 1
    assert (document["profile"], document["date"]) == (profile.digest, "2026-11-26")


# -- gates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        (
            {"kind": "zero_tolerance", "min_cases": 3, "min": None},
            "only a gate of kind `rate` can be held to it",
        ),
        ({"reduce": "mean"}, "only a gate of kind `rate` can be held to it"),
        ({}, "the suite must have one epoch"),
    ],
)
def test_what_a_judge_cannot_say_is_a_usage_fault(
    make_gates: MakeGates, suite: Suite, profile: Profile, gate: dict[str, Any], said: str
) -> None:
    asked = {name: value for name, value in {**GATE, **gate}.items() if value is not None}
    found = suite if gate else replace(suite, epochs=2)
    with pytest.raises(UsageFault, match=said):
        standings({suite.name: found}, make_gates(asked).gates, TODAY)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "`judge` is missing"),
        ({"judge": "./no"}, "there is no judge `./no`"),
        ({"judge": 1}, "must be a text"),
    ],
)
def test_a_metric_without_a_judge_is_a_usage_fault(suite: Suite, options: dict[str, Any], said: str) -> None:
    use = replace(suite.metrics[0], options=options)
    with pytest.raises(UsageFault, match=said):
        metric_of(use, "suite", suite.root)


def test_two_judges_of_one_name_are_refused(
    make_profile: MakeProfile, suite: Suite, profile: Profile
) -> None:
    (suite.root / "more").mkdir()
    make_profile(suite.root / "more")
    use = replace(suite.metrics[0], name="other", options={"judge": "./more/kind"})
    with pytest.raises(UsageFault, match="another judge is called `kind`"):
        standings({suite.name: replace(suite, metrics=(*suite.metrics, use))}, (), TODAY)


def test_controls_try_a_gate_with_the_errors_of_its_judge(  # noqa: PLR0917 - fixtures
    make_bench: MakeBench, make_gates: MakeGates, make_profile: MakeProfile, suite: Suite, profile: Profile,
    scripted: Scripted,
) -> None:  # fmt: skip
    profile = make_profile(suite.root, requires={"min_kappa": 0.1, "min_labels": 20})
    gates, suites = make_gates({**GATE, "min": 0.85}), {suite.name: suite}

    def tried() -> tuple[str, str]:
        [found] = controls(gates, suites, standings(suites, gates.gates, TODAY))
        return found.worst, found.best

    assert tried() == ("fail", "pass")  # not calibrated: as if it never erred
    scripted.spoil = lambda _, answer, __: wrong(answer) if answer == "Thank you 1" else None
    calibrate(make_bench(), profile)
    assert tried() == ("fail", "pass")
    scripted.spoil = lambda _, answer, __: wrong(answer) if re.match(r"Thank you [1-4]$", answer) else None
    calibrate(make_bench(), profile)
    assert tried() == ("fail", "inconclusive")


def test_an_advisory_gate_decides_nothing(
    make_bench: MakeBench, make_gates: MakeGates, suite: Suite, scripted: Scripted, profile: Profile
) -> None:
    calibrate(make_bench(), profile)
    results, suites = ran(make_bench(), suite, scripted), {suite.name: suite}
    bad = {"metric": "kind", "kind": "rate", "max": 0.5}
    judges = standings(suites, (), TODAY)

    def ruling(*gates: dict[str, Any]) -> Ruling:
        return rule(make_gates(*gates), suites, results, (), judges)

    assert (ruling(bad).exit_code, ruling(GATE).exit_code) == (FAILED, PASS)
    advised = ruling({**bad, "advisory": True}, GATE)
    assert [one.state for one in advised.gates] == ["fail", "pass"]
    assert advised.exit_code == PASS
    assert advised.reason == "all 1 gates hold; advisory, and not held or not shown: g0"
    assert ruling({**GATE, "advisory": True}, bad).exit_code == FAILED
    assert ruling({**GATE, "advisory": True}).exit_code == INCONCLUSIVE  # nothing was decided
    assert advised.gates[0].corrected == ruling(bad).gates[0].corrected


def test_a_gate_that_becomes_advisory_is_weaker(make_gates: MakeGates, tmp_path: Path) -> None:
    before = make_gates(GATE)
    file = tmp_path / "gates.yaml"
    body = yaml.safe_load(file.read_text())
    body["gates"][0]["advisory"] = True
    file.write_text(yaml.safe_dump(body))
    after = load_gates(file)
    assert [str(one) for one in weakened(before, after)] == ["g0: advisory was False, is True"]
    assert list(weakened(after, before)) == []
    file.write_text(file.read_text().replace("advisory: true", "advisory: 1"))
    with pytest.raises(UsageFault, match="this must be true or false"):
        load_gates(file)
