import json
from pathlib import Path

import pytest
import yaml

from evalsuites.harness.evidence import statement
from evalsuites.harness.gates.gate import load_gates
from evalsuites.harness.gates.ruling import rule
from evalsuites.harness.manifest import manifest
from evalsuites.harness.reporting.run import Run, write
from evalsuites.harness.result import Result, Score, Status
from evalsuites.harness.suite import Suite, load_suite
from tests.evalsuites.harness.conftest import SUITE

POLICY = "sha256:" + "ab" * 32
GATES = [
    {"gate": "holds", "suite": "manners", "metric": "polite", "kind": "rate", "min": 0.8},
    {"gate": "broken", "suite": "manners", "metric": "polite", "kind": "zero_tolerance", "min_cases": 90},
]


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    root = tmp_path_factory.mktemp("suites") / "manners"
    root.mkdir()
    (root / "suite.yaml").write_text(yaml.safe_dump(SUITE))
    lines = (json.dumps({"id": f"c{n}", "input": {"prompt": f"secret question {n}"}}) for n in range(60))
    (root / "cases.jsonl").write_text("\n".join(lines))
    return load_suite(root)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, suite: Suite) -> Path:
    """A run in its folder: 60 cases, one that misses and quotes the answer, one that timed out."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "gates.yaml").write_text(yaml.safe_dump({"version": 1, "gates": GATES}))
    gates = load_gates(folder / "gates.yaml")
    results = [_result(suite, n) for n in range(60)]
    told = manifest(gates, [suite], mode="replay", policy=POLICY, target="here", models=["gemma-3:270m"])
    run = Run(told, results, rule(gates, {suite.name: suite}, results))
    write(run, folder)
    (folder / "statement.json").write_text(json.dumps(statement(run)))
    return folder


def _result(suite: Suite, n: int) -> Result:
    case, digests = suite.cases[n], {"case": suite.cases[n].digest}
    if n == 1:
        return Result(suite.name, case.id, 1, Status.TIMEOUT, reason="no answer", digests=digests)
    scores = {
        "polite": Score(float(n > 0), "" if n else "it says 'quoted answer'"),
        "length": Score(n / 10),
    }
    return Result(
        suite.name, case.id, 1, Status.OK, scores, decisions=(f"lx-{n}",), tokens=3, digests=digests
    )
