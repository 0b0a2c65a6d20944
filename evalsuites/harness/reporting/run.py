"""The record of a run, from which every rendering is made."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.gates.ruling import GateResult, Ruling
from evalsuites.harness.reading import mapping
from evalsuites.harness.result import Result, result_from

WORDS = {0: "PASS", 1: "FAIL", 2: "USAGE", 3: "INCONCLUSIVE", 4: "INFRASTRUCTURE"}


@dataclass(frozen=True, slots=True)
class Run:
    """What ran, what came of it, and what gates say."""

    manifest: Mapping[str, Any]
    results: Sequence[Result]
    """Sorted by suite, case and epoch."""

    ruling: Ruling

    @property
    def word(self) -> str:
        """The answer in one word."""
        return WORDS[self.ruling.exit_code]

    @property
    def statuses(self) -> Counter[str]:
        """How many results have each status."""
        return Counter(one.status.value for one in self.results)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it. Equal runs give equal bytes, but for the times that they took."""
        return {
            "version": 1,
            "manifest": dict(self.manifest),
            "ruling": {
                "exit_code": self.ruling.exit_code,
                "word": self.word,
                "reason": self.ruling.reason,
                "errors": self.ruling.errors,
                "gates": [gate_dict(one) for one in self.ruling.gates],
            },
            "results": dict(sorted(self.statuses.items())),
            "tokens": sum(one.tokens for one in self.results),
            "usd": round(sum(one.usd for one in self.results), 6),
        }


def gate_dict(result: GateResult) -> dict[str, Any]:
    """One gate's result as JSON has it."""
    gate = {name: value for name, value in asdict(result.gate).items() if value not in (None, "", {}, ())}
    found: dict[str, Any] = {
        "gate": result.gate.id,
        "state": result.state,
        "reason": result.reason,
        "coverage": round(result.coverage, 6),
        "asked": gate,
    }
    if result.evidence is not None:
        found |= {
            "cases": result.evidence.cases,
            "estimate": result.evidence.estimate,
            "interval": [_finite(limit) for limit in result.evidence.interval],
            "p": result.corrected,
            "detectable_drop": result.evidence.detectable,
        }
    return found


def write(run: Run, folder: Path) -> None:
    """``run.json`` and ``cases.jsonl``."""
    folder.mkdir(parents=True, exist_ok=True)
    body = json.dumps(run.to_dict(), indent=1, sort_keys=True, ensure_ascii=False)
    (folder / "run.json").write_text(body + "\n", "utf-8")
    lines = (json.dumps(one.to_dict(), sort_keys=True, ensure_ascii=False) for one in run.results)
    (folder / "cases.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")


def read(folder: Path) -> tuple[Mapping[str, Any], Sequence[Result]]:
    """Manifest and results of a run that was written.

    Raises:
        UsageFault: there is none in the folder, or it is damaged.
    """
    try:
        manifest = mapping(json.loads((folder / "run.json").read_text("utf-8"))["manifest"], str(folder))
        lines = (folder / "cases.jsonl").read_text("utf-8").split("\n")
        return manifest, [result_from(json.loads(line)) for line in lines if line]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise UsageFault(str(folder), f"there is no run that can be read: {error}") from None


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
