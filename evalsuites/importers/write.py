"""A suite on disk, made of what was imported."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.suite import ANSWERS, FILE, Suite, load_suite
from evalsuites.harness.target.answer import COMPLETIONS
from evalsuites.importers.build import Imported
from evalsuites.importers.fields import Field
from evalsuites.importers.source import Source, digest_of

_METRICS = {"text": "exact", "present": "presence", "absent": "absence", "pattern": "matches",
            "policy": "policy_answer", "contexts": "quoted_spans"}  # fmt: skip
"""What is measured by default where a case expects something, and nobody said how to measure it."""


@dataclass(frozen=True, slots=True)
class About:
    """What the user says of a suite."""

    name: str
    licence: str
    format: str
    title: str = ""
    labelling: str = ""
    metrics: Sequence[str] = ()
    request: Mapping[str, Any] = field(default_factory=dict)


def write(about: About, source: Source, fields: Sequence[Field], made: Imported, folder: Path) -> Suite:
    """Write the suite, whole or not at all, and load it as a run would.

    Raises:
        UsageFault: it would be no suite that can be used.
    """
    if not made.cases:
        raise UsageFault(source.name, "there is not one row that can be used")
    answers = _lines(made.answers.values()) if made.answers else b""
    card = _suite(about, source, fields, made, answers)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".import-") as temporary:
        root = Path(temporary, "suite")
        root.mkdir()
        text = yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=100)
        (root / FILE).write_text(text, "utf-8")
        (root / "cases.jsonl").write_bytes(_lines(made.cases.values()))
        if answers:
            (root / ANSWERS).write_bytes(answers)
        load_suite(root)
        if folder.exists():
            shutil.rmtree(folder)
        root.rename(folder)
    return load_suite(folder)


def _suite(
    about: About, source: Source, fields: Sequence[Field], made: Imported, answers: bytes
) -> dict[str, Any]:
    path = {"path": COMPLETIONS} if any(one.name == "prompt" for one in fields) else {}
    model = {"model": source.model} if source.model else {}
    request = {**path, **model, **about.request}
    return {
        "suite": about.name,
        "version": 1,
        "title": about.title or f"Imported from {source.name}",
        "card": _card(about, source, fields, made),
        "cases": "cases.jsonl",
        **({"answers": {"file": ANSWERS, "sha256": digest_of(answers)}} if answers else {}),
        **({"request": request} if request else {}),
        "metrics": _metrics(about, made),
        "epochs": made.epochs,
    }


def _card(about: About, source: Source, fields: Sequence[Field], made: Imported) -> dict[str, Any]:
    strata = {one.name.partition(".")[2]: one.column for one in fields if one.name.startswith("strata.")}
    return {
        "source": f"{source.name}{f', made by {source.made_by}' if source.made_by else ''}",
        "licence": about.licence,
        "labelling": about.labelling or "As the source has it; nobody checked it here.",
        "strata": {name: f"`{column}` of the source" for name, column in strata.items()},
        "imported": {
            "format": about.format,
            "digest": source.digest,
            "rows": len(source.rows),
            "cases": len(made.cases),
            "answers": len(made.answers),
            "fields": {one.name: one.column for one in fields},
            "passed_over": dict(source.passed_over),
            "dropped": {flaw.where: flaw.why for flaw in made.flaws},
        },
    }


def _metrics(about: About, made: Imported) -> list[Any]:
    """Those that are named; else the scores that came along; else what the cases expect."""
    given = [{"name": name, "use": "given", "with": {"score": name}} for name in sorted(_scores(made))]
    expected = {name for case in made.cases.values() for name in case.get("expect", ())}
    metrics = [*given, *about.metrics] or [use for name, use in _METRICS.items() if name in expected]
    if not metrics:
        raise UsageFault("--metric", "nothing says how answers are measured: name a metric")
    return metrics


def _scores(made: Imported) -> set[str]:
    """Scores that every answer was given, or should have been: where a reason is told instead, it is missing
    and lowers coverage. One that only some cases ask for is no metric of the suite; it is in the answers."""
    told = [
        {*answer["scores"], *answer.get("reasons", ())}
        for answer in made.answers.values()
        if "scores" in answer
    ]
    return set.intersection(*told) if told else set()


def _lines(objects: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in objects).encode()
