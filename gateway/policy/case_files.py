"""Reading YAML cases: files below ``cases/`` of a bundle, each a list of facts with what is expected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from gateway.core.decision import Answer, Effect
from gateway.policy.bundle import MAX_FILE_BYTES, BundleError
from gateway.policy.complaint import suggestion
from gateway.policy.conforming import wrong
from gateway.policy.language import PLAN_CHOICES, PLAN_SETS
from gateway.policy.lines import Located, Place, located
from gateway.policy.schema import plan_schema, schema
from gateway.policy.specimen import InputPhase, completed

FOLDER = "cases"
"""Where a bundle keeps its cases, at any depth."""

_PHASES = ("plan", "request", "response")


@dataclass(frozen=True, slots=True)
class Case:
    """One case, read and found well-formed."""

    file: str
    line: int
    name: str
    phase: InputPhase
    facts: Mapping[str, object] | None
    """The whole input; None where the case gives an exchange instead."""

    exchange: Mapping[str, Any] | None
    expect: Mapping[str, Any]
    """What is expected, as written: ``answer``, ``rules``, ``obligations`` or ``plan``."""

    only: tuple[str, ...] = ()
    """Rules, or areas of rules, that alone have a say; empty: all of them."""


_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_CLOSED = {"type": "object", "additionalProperties": False}
_OBLIGATION = {
    "type": "object",
    "required": ["effect"],
    "properties": {
        "effect": {"type": "string", "enum": sorted(effect.value for effect in Effect if effect.rank == 2)},
        "rule": _TEXT,
        "findings": _TEXTS,
    },
    "additionalProperties": {},
}
_PLAN = _CLOSED | {
    "properties": {
        **dict.fromkeys(PLAN_SETS, _TEXTS),
        **{name: {"type": "string", "enum": sorted(words)} for name, words in PLAN_CHOICES.items()},
        "deadline_ms": {"type": "integer"},
        "record_content": {"type": "boolean"},
    },
}
_DECISION = {
    "answer": {"type": "string", "enum": [answer.value for answer in Answer]},
    "rules": _TEXTS,
    "obligations": {"type": "array", "items": _OBLIGATION},
}
_CALLER = schema()["properties"]["caller"] | {"required": []}  # type: ignore[index]
_DESTINATION = _CLOSED | {
    "properties": {
        "name": _TEXT, "dialect": _TEXT, "labels": {"type": "object", "additionalProperties": _TEXT},
    },
}  # fmt: skip
_SCRIPTED = _CLOSED | {
    "required": ["text", "category"],
    "properties": {
        **dict.fromkeys(("text", "category", "label", "detector"), _TEXT), "score": {"type": "number"},
    },
}  # fmt: skip
_EXCHANGE = _CLOSED | {
    "properties": {
        "endpoint": _TEXT,
        "path": _TEXT,
        "caller": _CALLER,
        "destinations": {"type": "array", "items": _DESTINATION},
        "request": {"type": "object"},
        "response": {"type": "object"},
        "findings": {"type": "array", "items": _SCRIPTED},
        "status": {"type": "integer"},
    },
}
_CASE = _CLOSED | {
    "required": ["name", "phase", "expect"],
    "properties": {
        "name": _TEXT,
        "phase": {"type": "string", "enum": list(_PHASES)},
        "input": {"type": "object"},
        "exchange": _EXCHANGE,
        "expect": {"type": "object"},
        "only": _TEXTS,
    },
}


def case_files(root: Path) -> list[Path]:
    """Every file of cases of the bundle at ``root``, or the one file that ``root`` is; archives hold none."""
    if root.is_file():
        return [root] if root.suffix in {".yaml", ".yml"} else []
    found = sorted(path for ending in ("yaml", "yml") for path in root.rglob(f"*.{ending}"))
    inside = [path for path in found if FOLDER in path.relative_to(root.parent).parts[:-1]]
    return [path for path in inside if path.is_file()]


def read_cases(root: Path) -> list[Case]:
    """Every case below ``root``; anything that is not as it must be raises :class:`BundleError`."""
    cases: list[Case] = []
    places: dict[str, str] = {}
    for path in case_files(root):
        for case in _of_file(path):
            before = places.setdefault(case.name, f"{case.file}:{case.line}")
            if before != f"{case.file}:{case.line}":
                raise BundleError(case.file, case.line, case.name, f"the name is already used in {before}")
            cases.append(case)
    return cases


def _of_file(path: Path) -> Iterator[Case]:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise BundleError(str(path), 1, "case", f"the file is larger than {MAX_FILE_BYTES} bytes")
    try:
        source = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise BundleError(str(path), 1, "case", "the file is not UTF-8") from None
    document = located(str(path), source)
    for place, items in _lists(str(path), document):
        for index, item in enumerate(items):
            yield _case(str(path), document, (*place, index), item)


def _lists(file: str, document: Located) -> Iterator[tuple[Place, list[object]]]:
    """The file's one list, or several under names: OPA, which reads the files as data, can merge those."""
    value = document.value
    named = value.items() if isinstance(value, dict) else [(None, value)]
    for name, items in named:
        place: Place = () if name is None else (name,)
        if not isinstance(items, list):
            message = "the file must hold a list of cases, or such lists under names"
            raise BundleError(file, document.line(place), "case", message)
        yield place, items


def _case(file: str, document: Located, place: Place, item: object) -> Case:
    reading = _Reading(file, document, place, item)
    reading.refuse(wrong(item, _CASE))
    assert isinstance(item, dict)  # noqa: S101 - it has the shape of a case
    if ("input" in item) == ("exchange" in item):
        reading.fail((), "needs either `input` or `exchange`")
    phase = cast("InputPhase", item["phase"])
    reading.refuse(wrong(item["expect"], _expected(phase), ("expect",)))
    facts = reading.facts(phase, item["input"]) if "input" in item else None
    if facts is None and phase == "response" and "response" not in item["exchange"]:
        reading.fail(("exchange",), "the response phase needs `response`")
    line = document.line(place)
    only = tuple(item.get("only", ()))
    return Case(file, line, item["name"], phase, facts, item.get("exchange"), item["expect"], only)


def _expected(phase: InputPhase) -> Mapping[str, Any]:
    if phase == "plan":
        return _CLOSED | {"properties": {"plan": _PLAN}, "required": ["plan"]}
    return _CLOSED | {"properties": _DECISION, "required": ["answer"]}


class _Reading:
    """Says of one case what is wrong with it, and where."""

    def __init__(self, file: str, document: Located, place: Place, item: object) -> None:
        self._file, self._document, self._place = file, document, place
        name = item.get("name") if isinstance(item, dict) else None
        self._name = name if isinstance(name, str) else "case"

    def facts(self, phase: InputPhase, partial: Mapping[str, object]) -> Mapping[str, object]:
        """The whole input of a case that says only what matters to it."""
        whole = completed(phase, partial)
        shape = plan_schema() if phase == "plan" else schema()
        if whole["phase"] != phase:
            self.fail(("input", "phase"), f"the case is about `{phase}`")
        known = list(completed(phase, {}))
        for name in sorted(whole.keys() - known):
            near = suggestion(name, known)
            self.fail(("input", name), f"there is no `{name}` in the {phase} phase{near}")
        self.refuse((("input", *place), message) for place, message in wrong(whole, shape))
        return whole

    def refuse(self, found: Iterator[tuple[Place, str]]) -> None:
        """Raise the first complaint, if there is one."""
        for place, message in found:
            self.fail(place, message)

    def fail(self, place: Place, message: str) -> None:
        """Raise a complaint about a place of the case."""
        where = ".".join(str(part) for part in place)
        line = self._document.line((*self._place, *place))
        raise BundleError(self._file, line, self._name, f"{where}: {message}" if where else message)
