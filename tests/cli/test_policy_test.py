"""``lictor policy test``: rules' tests and YAML cases, coverage, mutation, and what machines get to read."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main

OK, FAILED, USAGE, NOTHING = 0, 1, 2, 3

RULE = """package lictor.request

redact contains {"rule": "a.mail", "reason": "R.", "findings": [f.id], "with": "mask"} if {
	some f in input.findings
	f.label == "email"
	f.score >= data.settings.least
}

deny contains {"rule": "a.sure", "reason": "R."} if "bad" in {f.category | some f in input.findings}
"""
EXCHANGE = """
- name: mail
  phase: request
  exchange:
    caller: {tenant: acme, roles: [admin]}
    request: {model: m, messages: [{role: user, content: to jane.doe@example.com now}]}
  expect: {answer: transform, rules: [a.mail], obligations: [{effect: redact, findings: [f0], with: mask}]}
"""


def lictor(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    root = tmp_path / "bundle"
    (root / "cases").mkdir(parents=True)
    (root / "a.rego").write_text(RULE)
    (root / "data.json").write_text('{"settings": {"least": 0.5}}')
    return root


def cases(bundle: Path, text: str) -> None:
    (bundle / "cases" / "all.yaml").write_text(text)


def test_an_exchange_goes_through_codec_and_detectors(bundle: Path) -> None:
    cases(bundle, EXCHANGE)
    result = lictor("policy", "test", bundle, "-v")
    assert result.exit_code == OK, result.output
    assert result.stdout.startswith(f"ok   {bundle / 'cases' / 'all.yaml'}:2 mail")


@pytest.mark.parametrize(
    ("phase", "endpoint", "request_", "response"),
    [
        (
            "response",
            "endpoint: messages",
            "{model: m, max_tokens: 9, messages: [{role: user, content: hello}]}",
            "{type: message, content: [{type: text, text: jane.doe@example.com}], stop_reason: end_turn}",
        ),
        (
            "request",
            "path: '/v1beta/models/m:generateContent'",
            "{contents: [{role: user, parts: [{text: jane.doe@example.com}]}]}",
            "{}",
        ),
    ],
)
def test_other_dialects_and_phases(
    bundle: Path, phase: str, endpoint: str, request_: str, response: str
) -> None:
    (bundle / "b.rego").write_text(
        'package lictor.response\n\nredact contains {"rule": "a.out", "reason": "R.", "findings": [f.id],'
        ' "with": "mask"} if some f in input.findings\n'
    )
    rules = "[a.out]" if phase == "response" else "[a.mail]"
    cases(
        bundle,
        f"- name: it\n  phase: {phase}\n  exchange:\n    {endpoint}\n    request: {request_}\n"
        f"    response: {response}\n  expect: {{answer: transform, rules: {rules}}}\n",
    )
    result = lictor("policy", "test", bundle)
    assert result.exit_code == OK, result.output


def test_a_rule_that_fails_is_told_with_its_case_and_nowhere_else(
    bundle: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (bundle / "b.rego").write_text(
        "package lictor.request\n\n"
        'flag contains {"rule": "a.zero", "reason": "R."} if 1 / (count(input.findings) - 1) > 0\n'
    )
    cases(bundle, EXCHANGE)
    result = lictor("policy", "test", bundle)
    assert result.exit_code == FAILED
    assert "policy failed: " in result.stdout
    assert "failed in the" not in result.stderr
    assert caplog.records == []


def test_findings_of_a_classifier_can_be_said(bundle: Path) -> None:
    text = EXCHANGE.replace(
        "  expect", "    findings: [{text: now, category: bad, score: 0.9}]\n  expect"
    ).replace("transform, rules: [a.mail]", "deny, rules: [a.mail, a.sure]")
    cases(bundle, text)
    assert lictor("policy", "test", bundle).exit_code == OK
    cases(bundle, text.replace("text: now", "text: never said"))
    result = lictor("policy", "test", bundle)
    assert result.exit_code == USAGE
    assert "nobody says 'never said'" in result.stderr


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("messages: [", "messages: [3, "), "the exchange was refused"),
        (("caller:", "endpoint: chat.complete\n    caller:"), "there is no `chat.complete`"),
        (("caller:", "endpoint: gemini.generate_content\n    caller:"), "is told by its `path`"),
        (("caller:", "path: /nowhere\n    caller:"), "nothing answers at /nowhere"),
        (("caller:", "destinations: [{dialect: klingon}]\n    caller:"), "dialect must be one of"),
    ],
)
def test_exchanges_that_cannot_be(bundle: Path, change: tuple[str, str], told: str) -> None:
    cases(bundle, EXCHANGE.replace(*change))
    result = lictor("policy", "test", bundle)
    assert result.exit_code in (FAILED, USAGE)
    assert told in result.output
    assert "Traceback" not in result.output


def test_differences_are_told_line_by_line(bundle: Path) -> None:
    cases(bundle, EXCHANGE.replace("transform, rules: [a.mail]", "deny, rules: [a.sure]"))
    result = lictor("policy", "test", bundle)
    assert result.exit_code == FAILED
    assert [line.strip() for line in result.stdout.splitlines()[1:]] == [
        "answer: expected deny, got transform",
        "rules: silent, but expected: a.sure",
        "rules: spoke, but not expected: a.mail",
    ]


def test_run_narrows_cases_too(bundle: Path) -> None:
    cases(bundle, EXCHANGE + EXCHANGE.replace("name: mail", "name: other"))
    assert "1 passed" in lictor("policy", "test", bundle, "--run", "other").stderr
    assert lictor("policy", "test", bundle, "--run", "nothing").exit_code == NOTHING


def test_coverage_and_its_gate(bundle: Path) -> None:
    cases(bundle, EXCHANGE)
    assert lictor("policy", "test", bundle, "--coverage").exit_code == OK
    result = lictor("policy", "test", bundle, "--min-coverage", "100%")
    assert result.exit_code == FAILED
    assert "a.sure (lictor.request.deny) is never true" in result.stdout
    assert lictor("policy", "test", bundle, "--min-coverage", "0.1").exit_code == OK
    assert lictor("policy", "test", bundle, "--min-coverage", "101%").exit_code == USAGE


def test_mutation_and_its_gate(bundle: Path) -> None:
    cases(bundle, EXCHANGE)
    result = lictor("policy", "test", bundle, "--mutate")
    assert result.exit_code == OK
    assert "not noticed: settings.least: 0.5 to 0.49" in result.stdout
    assert lictor("policy", "test", bundle, "--mutate-min", "100%").exit_code == FAILED
    narrowed = lictor("policy", "test", bundle, "--mutate", "--leave", "settings.*")
    assert "settings.least:" not in narrowed.stdout


def test_machines_read_json_and_junit(bundle: Path, tmp_path: Path) -> None:
    cases(bundle, EXCHANGE.replace("answer: transform", "answer: deny"))
    xml = tmp_path / "junit.xml"
    result = lictor("policy", "test", bundle, "--coverage", "--json", "--junit", xml)
    assert result.exit_code == FAILED
    told = json.loads(result.stdout)
    assert told["tests"][0]["differences"] == ["answer: expected deny, got transform"]
    assert told["coverage"]["rules"]["a.mail"] == {"fired": True, "silent": False}
    (suite,) = ET.parse(xml).getroot()
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("1", "1")
    (failure,) = suite[0]
    assert failure.attrib["message"] == "answer: expected deny, got transform"
