import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalsuites.harness.gates.gate import GateFile, load_gates
from evalsuites.harness.suite import Suite, load_suite

SUITE: dict[str, Any] = {
    "suite": "manners",
    "version": 1,
    "title": "Good manners",
    "card": {
        "source": "written for these tests",
        "licence": "Apache-2.0",
        "labelling": "by construction",
        "strata": {"language": "of the question"},
    },
    "cases": "cases.jsonl",
    "metrics": ["polite"],
}

MakeSuite = Callable[..., Suite]
MakeGates = Callable[..., GateFile]


@pytest.fixture
def make_suite(tmp_path: Path) -> MakeSuite:
    def make(cases: list[dict[str, Any]] | int = 3, /, **changes: object) -> Suite:
        root = tmp_path / str(changes.get("suite", "manners"))
        root.mkdir(exist_ok=True)
        if isinstance(cases, int):
            cases = [
                {"id": f"c{n}", "input": {"prompt": f"{n}?"}, "strata": {"language": "de" if n % 2 else "en"}}
                for n in range(cases)
            ]
        (root / "suite.yaml").write_text(yaml.safe_dump({**SUITE, **changes}))
        (root / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
        return load_suite(root)

    return make


@pytest.fixture
def make_gates(tmp_path: Path) -> MakeGates:
    def make(*gates: dict[str, Any], **rest: object) -> GateFile:
        common = {"suite": "manners", "metric": "polite"}
        named = [{"gate": f"g{n}", **common, **gate} for n, gate in enumerate(gates)]
        path = tmp_path / "gates.yaml"
        path.write_text(yaml.safe_dump({"version": 1, "gates": named, **rest}))
        return load_gates(path)

    return make
