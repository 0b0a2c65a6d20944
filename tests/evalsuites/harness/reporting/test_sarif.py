"""Against the schema of SARIF 2.1.0 (rtm.5 as SchemaStore has it, without its descriptions)."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from evalsuites.harness.gates.gate import GateFile
from evalsuites.harness.gates.ruling import rule
from evalsuites.harness.manifest import manifest
from evalsuites.harness.reporting.run import Run
from evalsuites.harness.reporting.sarif import MOST, sarif
from evalsuites.harness.result import Result, Score, Status
from evalsuites.harness.suite import Suite
from tests.evalsuites.harness.conftest import MakeGates, MakeSuite

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0-rtm.5.json").read_text())
MakeLog = Callable[..., Mapping[str, Any]]


@pytest.fixture
def log_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeLog:
    def made(suite: Suite, gates: GateFile, missed: Callable[[int], bool]) -> Mapping[str, Any]:
        monkeypatch.chdir(tmp_path)
        results = [
            Result(suite.name, case.id, 1, Status.OK, strata=case.strata, digests={"case": case.digest},
                   scores={"polite": Score(0.0, "it is \u2028 rude") if missed(n) else Score(1.0)})
            for n, case in enumerate(suite.cases)
        ]  # fmt: skip
        told = manifest(gates, [suite], mode="replay", policy="", target="here", models=[])
        suites = {suite.name: suite}
        run = Run(told, results, rule(gates, suites, results))
        log: Mapping[str, Any] = json.loads(sarif(run, suites, tmp_path / "gates.yaml"))
        jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(log)
        return log

    return made


def test_gates_that_fail_are_errors_and_their_cases_notes(
    make_suite: MakeSuite, make_gates: MakeGates, log_of: MakeLog
) -> None:
    suite = make_suite(40)
    gates = make_gates(
        {"kind": "rate", "min": 0.9, "controls": ["owasp-llm:2025:LLM01"]},
        {"kind": "rate", "min": 0.6, "where": {"language": "de"}},
        {"kind": "rate", "min": 0.2},
    )
    (run,) = log_of(suite, gates, lambda n: n >= 30)["runs"]
    driver = run["tool"]["driver"]
    assert [one["id"] for one in driver["rules"]] == ["g0", "g1", "g2"]
    assert driver["rules"][0]["properties"]["tags"] == ["release-gate", "owasp-llm:2025:LLM01"]
    told = [(one["ruleId"], one["level"]) for one in run["results"]]
    assert told[0] == ("g0", "error")
    assert told.count(("g0", "note")) == 10
    assert (("g1", "warning") in told, told.count(("g1", "note"))) == (True, 5)
    assert "g2" not in {name for name, _ in told}
    place = run["results"][1]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "manners/cases.jsonl"}, "region": {"startLine": 31},
    }  # fmt: skip
    assert run["results"][1]["message"]["text"] == "c30: it is \u2028 rude"
    prints = {one["partialFingerprints"]["lictor/v1"] for one in run["results"]}
    assert len(prints) == len(run["results"])


def test_a_run_in_which_all_holds_has_rules_and_no_results(
    make_suite: MakeSuite, make_gates: MakeGates, log_of: MakeLog
) -> None:
    (run,) = log_of(make_suite(40), make_gates({"kind": "rate", "min": 0.5}), lambda n: False)["runs"]
    assert run["results"] == []
    assert len(run["tool"]["driver"]["rules"]) == 1


def test_more_cases_than_anybody_reads_are_counted(
    make_suite: MakeSuite, make_gates: MakeGates, log_of: MakeLog
) -> None:
    (run,) = log_of(make_suite(MOST + 7), make_gates({"kind": "rate", "min": 0.5}), lambda n: True)["runs"]
    assert len(run["results"]) == 1 + MOST
    assert (
        f"Cases that missed: {MOST + 7}, of which {MOST} are named." in run["results"][0]["message"]["text"]
    )
