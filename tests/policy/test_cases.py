"""YAML cases: what they say, how they are read, and what is told when they do not hold."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.policy.bundle import BundleError, load
from gateway.policy.cases import CaseResult, run_cases
from gateway.policy.conforming import wrong
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.schema import plan_schema, schema
from gateway.policy.shipped import baseline
from gateway.policy.specimen import InputPhase, specimen

Make = Callable[..., Path]

RULE = """package lictor.request

deny contains {"rule": "a.deny", "reason": "No."} if input.caller.tenant == "evil"

redact contains {"rule": "a.redact", "reason": "No.", "findings": [f.id], "with": "mask"} if {
	some f in input.findings
}

flag contains {"rule": "a.broken", "reason": "No."} if to_number(input.caller.app) == 1
"""


@pytest.fixture
def engine(make_bundle: Make) -> EmbeddedEngine:
    return EmbeddedEngine(load(make_bundle({"a.rego": RULE}, {})))


def run(tmp_path: Path, engine: EmbeddedEngine, text: str) -> list[CaseResult]:
    file = tmp_path / "cases.yaml"
    file.write_text(text)
    return run_cases(file, engine)


def one(tmp_path: Path, engine: EmbeddedEngine, body: str) -> CaseResult:
    (result,) = run(tmp_path, engine, f"- name: it\n{body}")
    return result


@pytest.mark.parametrize("phase", ["plan", "request", "response"])
def test_the_specimen_has_the_published_shape(phase: InputPhase) -> None:
    shape = plan_schema() if phase == "plan" else schema()
    assert list(wrong(specimen(phase), shape)) == []


def test_what_is_expected_passes(tmp_path: Path, engine: EmbeddedEngine) -> None:
    body = """
  phase: request
  input: {caller: {app: "1"}, findings: [{label: email}, {label: card}]}
  expect:
    answer: transform
    rules: [a.redact, a.broken]
    obligations: [{effect: redact, findings: [f1]}, {effect: redact, rule: a.redact, with: mask}]
"""
    result = one(tmp_path, engine, body)
    assert (result.passed, result.error) == (True, "")


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        ("{answer: allow}", "answer: expected allow, got deny"),
        ("{answer: deny, rules: [a.b]}", "rules: silent, but expected: a.b"),
        ("{answer: deny, rules: []}", "rules: spoke, but not expected: a.deny"),
        ("{answer: deny, obligations: []}", "obligations: not expected: {effect: redact, rule: a.redact"),
        (
            "{answer: deny, obligations: [{effect: redact, with: hash}]}",
            "obligations: none is {effect: redact, with",
        ),
    ],
)
def test_what_differs_is_told(tmp_path: Path, engine: EmbeddedEngine, expect: str, told: str) -> None:
    given = "input: {caller: {tenant: evil, app: '2'}, findings: [{}]}"
    body = f"  phase: request\n  {given}\n  expect: {expect}\n"
    assert told in one(tmp_path, engine, body).error


def test_a_rule_that_fails_closes(tmp_path: Path, engine: EmbeddedEngine) -> None:
    body = "  phase: request\n  input: {caller: {app: x}}\n  expect: {answer: %s}\n"
    assert one(tmp_path, engine, body % "error_closed").passed
    assert "policy failed: a.rego:9" in one(tmp_path, engine, body % "allow").error


def test_gaps_in_coverage_count(tmp_path: Path) -> None:
    given = "input: {coverage: [{detector: secrets, state: timeout}]}"
    body = f"  phase: request\n  {given}\n  expect: {{answer: error_closed}}\n"
    assert one(tmp_path, EmbeddedEngine(load(baseline())), body).passed


def test_plans_are_compared_by_what_is_named(tmp_path: Path) -> None:
    engine = EmbeddedEngine(load(baseline()))
    body = "  phase: plan\n  input: {}\n  expect: {plan: {detectors: [secrets, patterns], stream: %s}}\n"
    assert one(tmp_path, engine, body % "window").passed
    assert one(tmp_path, engine, body % "buffer").error == "plan.stream: expected buffer, got window"


def test_entries_of_lists_are_completed(tmp_path: Path, engine: EmbeddedEngine) -> None:
    body = """
  phase: request
  input: {segments: [{role: tool}], findings: [{label: email}]}
  expect: {answer: allow}
"""
    (result,) = run(tmp_path, engine, f"- name: it\n{body}")
    assert result.case.facts is not None
    findings, segments = result.case.facts["findings"], result.case.facts["segments"]
    assert isinstance(findings, list)
    assert (findings[0]["id"], findings[0]["role"], findings[0]["category"]) == ("f0", "tool", "pii")
    assert segments == [{"id": "s0", "kind": "text", "length": 40, "role": "tool"}]


GOOD = "- name: a\n  phase: request\n  input: {}\n  expect: {answer: allow}\n"


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a: 1", 1, "list of cases"),
        (GOOD + "  extra: 1\n", 5, "no field `extra`"),
        (GOOD.replace("expect", "expct"), 1, "needs `expect`"),
        (GOOD.replace("allow", "alow"), 4, "did you mean `allow`?"),
        (GOOD.replace("{}", "{callr: {}}"), 3, "did you mean `caller`?"),
        (GOOD.replace("{}", "{findings: [{scor: 1}]}"), 3, "no field `scor`; did you mean `score`?"),
        (GOOD.replace("{}", "{findings: [{score: high}]}"), 3, "must be a number"),
        (GOOD.replace("{}", "{size: {segments: true}}"), 3, "must be an integer"),
        (GOOD.replace("{}", "{response: {status: 200}}"), 3, "no `response` in the request phase"),
        (GOOD.replace("  input: {}\n", ""), 1, "either `input` or `exchange`"),
        (GOOD.replace("request", "plan"), 4, "expect"),
        (GOOD + GOOD, 5, "already used in"),
        (GOOD + "  phase: plan\n", 5, "`phase` stands here twice"),
        (GOOD.replace("name: a", "name: 2026-01-01"), 1, "in quotes"),
        (GOOD + "  - [", 5, ""),
        ("- &a [*a]\n", 1, "too deep"),
        (
            GOOD.replace("input: {}", "exchange: {request: {}}").replace("request\n", "response\n"),
            3,
            "needs `response`",
        ),
    ],
)
def test_malformed_cases_are_named(
    tmp_path: Path, engine: EmbeddedEngine, text: str, line: int, told: str
) -> None:
    with pytest.raises(BundleError) as caught:
        run(tmp_path, engine, text)
    assert told in caught.value.message
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "cases.yaml"), line)


def test_an_exchange_needs_a_gateway(tmp_path: Path, engine: EmbeddedEngine) -> None:
    with pytest.raises(BundleError, match="lictor policy test"):
        run(tmp_path, engine, GOOD.replace("input: {}", "exchange: {request: {}}"))


def test_cases_of_a_bundle_lie_below_its_folders_of_that_name(
    make_bundle: Make, engine: EmbeddedEngine
) -> None:
    root = make_bundle(
        {"cases/a.yaml": GOOD, "x/cases/b/c.yml": GOOD.replace("name: a", "name: b"), "other.yaml": "x"}
    )
    assert [result.name for result in run_cases(root, engine)] == ["a", "b"]
    assert [result.name for result in run_cases(root / "cases", engine)] == ["a"]
    assert run_cases(root / "x" / "nothing", engine) == []
