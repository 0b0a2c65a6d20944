"""What a run leaves behind: records, statement, JUnit and page."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from evalsuites.harness.evidence import keep, records, run_digest, statement
from evalsuites.harness.gates.gate import GateFile
from evalsuites.harness.gates.ruling import rule
from evalsuites.harness.manifest import manifest
from evalsuites.harness.reporting.junit import junit
from evalsuites.harness.reporting.page import page
from evalsuites.harness.reporting.run import Run
from evalsuites.harness.result import Result, Score, Status
from evalsuites.harness.suite import Suite
from gateway.audit.canonical import encode
from gateway.audit.verify import verify
from gateway.server.settings import AuditSettings, Settings
from tests.evalsuites.harness.conftest import MakeGates, MakeSuite

GATES = (
    {"kind": "rate", "min": 0.8, "controls": ["eu-ai-act:9"]},
    {"kind": "zero_tolerance", "min_cases": 40},
    {"kind": "rate", "min": 0.95},
)


def made(suite: Suite, gates: GateFile, missed: int) -> Run:
    found = [
        Result(
            suite.name,
            one.id,
            1,
            Status.OK,
            {"polite": Score(float(n >= missed), "" if n >= missed else "<b>rude</b>")},
            strata=one.strata,
        )
        for n, one in enumerate(suite.cases)
    ]
    told = manifest(gates, [suite], mode="replay", policy="sha256:" + "ab" * 32, target="here", models=["m"])
    return Run(told, found, rule(gates, {suite.name: suite}, found))


@pytest.fixture
def run(make_suite: MakeSuite, make_gates: MakeGates) -> Run:
    """One gate that holds, one that does not, one that is open."""
    return made(make_suite(60), make_gates(*GATES), missed=2)


def test_records_are_canonical_and_name_the_run(run: Run) -> None:
    first, *gates = records(run)
    assert first["type"] == "eval_run"
    assert first["run"] == run_digest(run)
    assert first["exit_code"] == 1
    assert [one["state"] for one in gates] == ["pass", "fail", "inconclusive"]
    assert gates[0]["controls"] == ["eu-ai-act:9"]
    for one in (first, *gates):
        assert one["run"] == run_digest(run)
        assert json.loads(encode(one)) == one
        assert "rude" not in json.dumps(one)


def test_records_come_into_the_log_and_the_log_verifies(run: Run, tmp_path: Path) -> None:
    settings = Settings(audit=AuditSettings(path=tmp_path / "audit"))
    assert keep(run, settings) == tmp_path / "audit"
    assert keep(run, settings) == tmp_path / "audit"
    report = verify(tmp_path / "audit", None)
    assert report.ok
    assert (report.counts["eval_run"], report.counts["gate"]) == (2, 6)


def test_a_gateway_without_a_log_keeps_nothing(run: Run, tmp_path: Path) -> None:
    assert keep(run, Settings(audit=AuditSettings(enabled=False, path=tmp_path / "audit"))) is None
    assert not (tmp_path / "audit").exists()


def test_the_statement_attests_the_policy(run: Run, make_suite: MakeSuite, make_gates: MakeGates) -> None:
    told = statement(run)
    assert told["_type"] == "https://in-toto.io/Statement/v1"
    assert told["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert told["subject"][0] == {"name": "policy", "digest": {"sha256": "ab" * 32}}
    assert told["predicate"]["result"] == "FAILED"
    assert told["predicate"]["passedTests"] == ["g0"]
    assert told["predicate"]["failedTests"] == ["g1"]
    assert told["predicate"]["warnedTests"] == ["g2"]
    good = made(make_suite(100), make_gates(*GATES), missed=0)
    assert statement(good)["predicate"]["result"] == "PASSED"


@pytest.mark.parametrize("policy", ["", "none"])
def test_a_policy_that_is_not_known_is_no_subject(run: Run, policy: str) -> None:
    told = statement(replace(run, manifest={**run.manifest, "policy": policy}))
    assert [one["name"] for one in told["subject"]] == ["run"]


@pytest.mark.parametrize(("blocks", "word"), [("block", "FAILED"), ("warn", "WARNED")])
def test_no_clear_answer_is_no_pass(
    make_suite: MakeSuite, make_gates: MakeGates, blocks: str, word: str
) -> None:
    gates = make_gates({"kind": "rate", "min": 0.95}, inconclusive=blocks)
    assert statement(made(make_suite(60), gates, missed=2))["predicate"]["result"] == word


@pytest.mark.parametrize("least", [0.95, 0.999], ids=["open", "failed"])
def test_advice_warns_and_changes_no_result(
    make_suite: MakeSuite, make_gates: MakeGates, least: float
) -> None:
    gates = make_gates(
        {"kind": "rate", "min": 0.5}, {"kind": "rate", "min": least, "advisory": True}, inconclusive="warn"
    )
    told = statement(made(make_suite(60), gates, missed=2))["predicate"]
    assert (told["result"], told["passedTests"]) == ("PASSED", ["g0"])
    assert (told["warnedTests"], told["failedTests"]) == (["g1"], [])


def test_junit_counts_an_open_gate_as_an_error(run: Run) -> None:
    suite = ET.fromstring(junit(run))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert [[child.tag for child in case] for case in suite.iter("testcase")] == [
        ["system-out"],
        ["failure"],
        ["error"],
    ]


def test_the_page_stands_alone_and_escapes_what_models_say(run: Run) -> None:
    text = page(run)
    assert text.count("<svg") == 3
    assert "&lt;b&gt;rude&lt;/b&gt;" in text
    assert "<b>rude" not in text
    for outside in ("http://", "https://", "<script", "url(", "@import"):
        assert outside not in text
