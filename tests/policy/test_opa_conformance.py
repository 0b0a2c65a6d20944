"""The same bundle and the same facts, asked of a real OPA: the answers must be equal.

Runs where ``opa`` is on PATH.
"""

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gateway.core.decision import Phase
from gateway.policy.baseline import baseline
from gateway.policy.bundle import load
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.engine import verdicts
from gateway.policy.language import SETS

OPA = shutil.which("opa")

pytestmark = pytest.mark.skipif(not OPA, reason="there is no `opa` on PATH")


def _opa(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    assert OPA
    return subprocess.run([OPA, *arguments], input=text, capture_output=True, text=True, check=False)


def _random_facts(rng: random.Random) -> dict[str, Any]:
    def some(options: list[Any], most: int) -> list[Any]:
        return [rng.choice(options) for _ in range(rng.randint(0, most))]

    findings = some(["email", "card", "ip_address", "api_key"], 4)
    return {
        "caller": {"tenant": rng.choice(["acme", "other"])},
        "exchange": {
            "model": rng.choice(["gpt-4.1", "o3", "unheard-of", "", "org/gpt-4"]),
            "destinations": some([{"labels": {"trust": "internal"}}, {"labels": {}}], 2),
            "tools": some(["search", "shell"], 2),
        },
        "size": {name: rng.choice([1, 10**6]) for name in ("body_kib", "segments", "kilocharacters")},
        "findings": [
            {
                "id": f"f{index}",
                "label": label,
                "category": rng.choice(["pii", "secret", "toxicity"]),
                "score": rng.choice([0.1, 0.5, 0.65, 1]),
            }
            for index, label in enumerate(findings)
        ],
        "coverage": [
            {
                "detector": rng.choice(["*", "patterns"]),
                "state": rng.choice(["ok", "not_run"]),
                "reason": reason,
            }
            for reason in some(["image", "unknown_part", ""], 3)
        ],
    }  # fmt: skip


def _ask_opa(root: Path, phase: str, facts: dict[str, Any]) -> dict[str, Any]:
    done = _opa(
        "eval", "--strict-builtin-errors", "--format", "json", "--stdin-input", "--data", str(root),
        f"data.lictor.{phase}", text=json.dumps(facts),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)["result"][0]["expressions"][0]["value"]
    return {name: items for name, items in value.items() if name in SETS}


def test_baseline_passes_opa_check() -> None:
    done = _opa("check", "--strict", str(baseline()))
    assert done.returncode == 0, done.stderr


def test_baseline_passes_opa_test() -> None:
    done = _opa("test", str(baseline()))
    assert done.returncode == 0, done.stdout


def test_baseline_is_formatted() -> None:
    assert _opa("fmt", "--list", str(baseline())).stdout == ""


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("phase", ["request", "response"])
def test_same_answers(phase: Phase, seed: int) -> None:
    facts = _random_facts(random.Random(seed))
    known = [finding["id"] for finding in facts["findings"]]
    ours = EmbeddedEngine(load(baseline())).evaluate(phase, facts)
    theirs = verdicts(_ask_opa(baseline(), phase, facts), known)
    assert sorted(map(repr, ours)) == sorted(map(repr, theirs))
