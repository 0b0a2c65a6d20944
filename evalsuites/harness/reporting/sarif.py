"""SARIF 2.1.0 (OASIS): gates that do not hold, and the cases behind them, for the tools that show such lists.

A rule is a gate. A gate that fails is an error, one that is not shown a warning, at the gate file; each case
that missed is a note of the same rule, at its line in the suite.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from evalsuites.harness.gates.gate import Gate
from evalsuites.harness.gates.ruling import GateResult
from evalsuites.harness.reporting.run import Run, gate_dict
from evalsuites.harness.result import Result
from evalsuites.harness.suite import Suite

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"fail": "error", "inconclusive": "warning"}
MOST = 200
"""Cases that are named of one gate; its own message says how many there are."""

Object = dict[str, Any]


def sarif(run: Run, suites: Mapping[str, Suite], gates: Path) -> str:
    """The run as one SARIF log."""
    body: Object = {
        "tool": {"driver": _driver(run)},
        "invocations": [
            {"executionSuccessful": run.ruling.exit_code in {0, 1, 3}, "properties": {"word": run.word}}
        ],
        "automationDetails": {"id": "lictor/evals/"},
        "columnKind": "unicodeCodePoints",
        "results": [one for gate in run.ruling.gates for one in _results(gate, run, suites, gates)],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [body]}
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _driver(run: Run) -> Object:
    return {
        "name": "lictor",
        "version": run.manifest["lictor"],
        "rules": [_rule(one) for one in run.ruling.gates],
        "properties": {"gates": run.manifest["gates"], "policy": run.manifest["policy"]},
    }


def _rule(one: GateResult) -> Object:
    gate = one.gate
    return {
        "id": gate.id,
        "shortDescription": {"text": f"{gate.kind} gate on {gate.metric} of the suite {gate.suite}"},
        "fullDescription": {"text": _asked(gate)},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["release-gate", *gate.controls], "asked": gate_dict(one)["asked"]},
    }


def _asked(gate: Gate) -> str:
    where = ", ".join(f"{name} {value}" for name, value in gate.where.items()) or "all cases"
    return f"The gate {gate.id} asks {gate.metric} of {where} in the suite {gate.suite}."


def _results(one: GateResult, run: Run, suites: Mapping[str, Suite], gates: Path) -> Iterator[Object]:
    if one.state == "pass":
        return
    missed = list(_missed(one.gate, run))
    told = f"{one.reason}. Cases that missed: {len(missed)}"
    told += f", of which {MOST} are named." if len(missed) > MOST else "."
    yield _result(one.gate.id, LEVELS[one.state], told, (gates, 1), [run.manifest["gates"]])
    places = _places(suites.get(one.gate.suite))
    for result in missed[:MOST]:
        score = result.scores[one.gate.metric]
        said = f"{result.case}{f', epoch {result.epoch}' if result.epoch > 1 else ''}: {score.reason}"
        yield _result(
            one.gate.id, "note", said, places.get(result.case, (gates, 1)),
            [result.suite, result.case, result.epoch, result.digests.get("case")],
        )  # fmt: skip


def _missed(gate: Gate, run: Run) -> Iterator[Result]:
    """What a person would look at: a metric that grades, and does not judge, gives no reason."""
    for one in run.results:
        score = one.scores.get(gate.metric)
        inside = all(one.strata.get(name) == value for name, value in gate.where.items())
        if one.suite == gate.suite and inside and score is not None and score.value < 1 and score.reason:
            yield one


def _places(suite: Suite | None) -> dict[str, tuple[Path, int]]:
    """File and line of every case."""
    found = {}
    for case in suite.cases if suite else ():
        file, _, line = case.where.rpartition(":")
        found[case.id] = Path(file), int(line)
    return found


def _result(rule: str, level: str, said: str, place: tuple[Path, int], identity: list[Any]) -> Object:
    key = json.dumps([rule, level, *identity])
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": said},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(place[0])},
                    "region": {"startLine": place[1]},
                }
            }
        ],
        "partialFingerprints": {"lictor/v1": hashlib.sha256(key.encode()).hexdigest()},
    }


def _uri(path: Path) -> str:
    """Relative to where the run began, as code hosts want it, if it lies there."""
    whole, here = path.resolve(), Path.cwd()
    return quote(whole.relative_to(here).as_posix()) if whole.is_relative_to(here) else whole.as_uri()
