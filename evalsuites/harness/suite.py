"""Suites: cases as data, with a card that says where they come from.

A suite is a folder with a ``suite.yaml`` and the files of cases (JSON Lines) that it names. Everything is
checked before the first case is asked; whatever is wrong is named with file and line.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.harness.reading import check_keys, choice, mapping, read_json_lines, read_yaml, text, whole
from gateway.audit.tree import leaf_hash, root_hash

FILE = "suite.yaml"
ANSWERS = "answers.jsonl"
"""Answers that were given before, beside the cases of an imported suite."""

MAX_EPOCHS = 100

_SUITE = {"suite", "version", "title", "card", "cases", "request", "metrics", "epochs", "answers"}
_NEEDED = {"suite", "version", "title", "card", "cases", "metrics"}
CARD = {"source", "licence", "labelling", "strata", "limits"}
_IMPORTED = "imported"
_CASE = {"id", "input", "expect", "strata", "skip"}


@dataclass(frozen=True, slots=True)
class Case:
    """One question, and what is known of a good answer."""

    id: str
    input: Mapping[str, Any]
    """What the request is made of: ``messages`` or ``prompt``, and whatever else the body has."""

    expect: Mapping[str, Any] = field(default_factory=dict)
    """What metrics read."""

    strata: Mapping[str, str] = field(default_factory=dict)
    skip: str = ""
    """Why it is not asked; empty where it is."""

    digest: str = ""
    """SHA-256 of the case's canonical JSON."""

    where: str = field(default="", compare=False)
    """File and line."""


@dataclass(frozen=True, slots=True)
class MetricUse:
    """A metric as a suite uses it."""

    name: str
    use: str
    """Name of a metric that ships, or ``module:function``."""

    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases, metrics and provenance under one digest."""

    name: str
    version: int
    title: str
    card: Mapping[str, Any]
    request: Mapping[str, Any]
    """What every request of the suite has besides the case's input: endpoint, model, parameters."""

    metrics: tuple[MetricUse, ...]
    epochs: int
    cases: tuple[Case, ...]
    root: Path
    digest: str
    """``sha256:`` and the Merkle root (RFC 6962 section 2.1) over the suite file and its cases in order."""

    answers: str = ""
    """``sha256:`` of the answers that came with an imported suite; empty where none did."""


def load_suite(path: Path) -> Suite:
    """Read the suite in a folder.

    Raises:
        UsageFault: something about it is wrong; says what and where.
    """
    file = path / FILE
    raw = mapping(read_yaml(file), str(file))
    check_keys(raw, _SUITE, _NEEDED, str(file))
    check_keys(mapping(raw["card"], f"{file}: card"), CARD | {_IMPORTED}, CARD - {"limits"}, f"{file}: card")
    cases = tuple(_cases(path, _names(raw["cases"], f"{file}: cases")))
    if not cases:
        raise UsageFault(str(file), "there is not one case: nothing could be judged")
    return Suite(
        name=text(raw["suite"], f"{file}: suite"),
        version=whole(raw["version"], 1, 10**6, f"{file}: version"),
        title=text(raw["title"], f"{file}: title"),
        card=raw["card"],
        request=mapping(raw.get("request", {}), f"{file}: request"),
        metrics=tuple(_metrics(raw["metrics"], f"{file}: metrics")),
        epochs=whole(raw.get("epochs", 1), 1, MAX_EPOCHS, f"{file}: epochs"),
        cases=cases,
        root=path,
        digest=_digest(raw, cases),
        answers=_answers(raw["answers"], f"{file}: answers") if "answers" in raw else "",
    )


def canonical(value: object) -> bytes:
    """One byte string for equal JSON values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _digest(raw: object, cases: Sequence[Case]) -> str:
    leaves = [canonical(raw), *(bytes.fromhex(case.digest) for case in cases)]
    return f"sha256:{root_hash([leaf_hash(leaf) for leaf in leaves]).hex()}"


def _cases(root: Path, names: Sequence[str]) -> Iterator[Case]:
    seen: dict[str, str] = {}
    for name in names:
        for where, raw in read_json_lines(root / name):
            case = _case(raw, where)
            if case.id in seen:
                raise UsageFault(where, f"the case `{case.id}` was there before, in {seen[case.id]}")
            seen[case.id] = where
            yield case


def _case(case: Mapping[str, Any], where: str) -> Case:
    check_keys(case, _CASE, {"id", "input"}, where)
    strata = mapping(case.get("strata", {}), f"{where}: strata")
    return Case(
        id=text(case["id"], f"{where}: id"),
        input=mapping(case["input"], f"{where}: input"),
        expect=mapping(case.get("expect", {}), f"{where}: expect"),
        strata={name: text(value, f"{where}: strata.{name}") for name, value in strata.items()},
        skip=text(case["skip"], f"{where}: skip") if "skip" in case else "",
        digest=hashlib.sha256(canonical(case)).hexdigest(),
        where=where,
    )


def _metrics(raw: object, where: str) -> Iterator[MetricUse]:
    uses = raw if isinstance(raw, list) else []
    if not uses:
        raise UsageFault(where, "there must be a list of at least one metric")
    names: set[str] = set()
    for place, entry in enumerate(uses):
        use = mapping({"use": entry} if isinstance(entry, str) else entry, f"{where}[{place}]")
        check_keys(use, {"name", "use", "with"}, {"use"}, f"{where}[{place}]")
        name = text(use.get("name", use["use"]), f"{where}[{place}].name")
        if name in names:
            raise UsageFault(where, f"two metrics are called `{name}`")
        names.add(name)
        options = mapping(use.get("with", {}), f"{where}[{place}].with")
        yield MetricUse(name, text(use["use"], f"{where}[{place}].use"), options)


def _answers(raw: object, where: str) -> str:
    answers = mapping(raw, where)
    check_keys(answers, {"file", "sha256"}, {"file", "sha256"}, where)
    choice(answers["file"], (ANSWERS,), f"{where}.file")
    return text(answers["sha256"], f"{where}.sha256")


def _names(value: object, where: str) -> list[str]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageFault(where, "this must be the name of a file, or a list of them")
    for name in names:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise UsageFault(where, f"`{name}` leads out of the suite")
    return names
