"""Control catalogues: which clause asks for what, and what Lictor can show for it.

Data under ``controls/``, one file an edition of a framework, read strictly: an unknown key, a second entry
for an id, or an id that the edition does not have is an error with its place. Texts are our own words; the
frameworks' are theirs.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from gateway.core.errors import ConfigError

FOLDER = Path(__file__).parent / "controls"

Gives = Literal["supports", "partial", "operator_must_supply"]
Artefact = Literal["DL", "ER", "GB", "BT", "IN", "CFG"]
Basis = Literal["read", "recalled"]

ARTEFACTS: Mapping[Artefact, str] = {
    "DL": "decision log",
    "ER": "evaluation run",
    "GB": "gate and baseline record",
    "BT": "policy backtest",
    "IN": "incident and override record",
    "CFG": "configuration and bundle history",
}

_NEEDED = {"id", "title", "asks", "gives", "artefacts"}
_ALLOWED = _NEEDED | {"rules", "suites", "records", "whole", "operator", "basis", "source"}
_HEAD = {"framework", "edition", "title", "source", "reviewer", "status", "basis", "note", "controls"}
_RANGE = re.compile(r"\[(\w+)-(\w+)\]")


@dataclass(frozen=True, slots=True)
class Control:
    """One clause."""

    framework: str
    edition: str
    id: str
    title: str
    asks: str
    """What it asks for, in our words."""

    gives: Gives
    """How far our evidence can go at best."""

    artefacts: tuple[Artefact, ...]
    rules: tuple[str, ...] = ()
    """Globs of rule ids."""

    suites: tuple[str, ...] = ()
    """Globs of evaluation suites."""

    records: tuple[str, ...] = ()
    """Record types."""

    whole: bool = False
    """Whether a hole in the record (a crash, a bypass) takes from the evidence."""

    operator: str = ""
    """What the operator has to add."""

    basis: Basis = "recalled"
    """``read``: checked against a copy of the text. ``recalled``: from memory, to be checked."""

    source: str = ""

    @property
    def name(self) -> str:
        """``framework:edition:id``, as rules name it."""
        return f"{self.framework}:{self.edition}:{self.id}"

    def has_rule(self, rule: str) -> bool:
        """Whether a rule id is mapped to this clause."""
        return any(fnmatchcase(rule, pattern) for pattern in self.rules)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """One edition of a framework."""

    framework: str
    edition: str
    title: str
    source: str
    reviewer: str
    """Who checked the mapping; ``nobody yet`` is an honest answer."""

    status: Literal["draft", "reviewed"]
    note: str
    digest: str
    """SHA-256 of the catalogue's file and of the edition's."""

    ids: tuple[str, ...]
    """The ids that the edition has, as far as its list goes."""

    complete: bool
    """Whether the list holds all of them."""

    controls: tuple[Control, ...]

    @property
    def name(self) -> str:
        """``framework:edition``."""
        return f"{self.framework}:{self.edition}"

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Ids of the edition that the catalogue says nothing about."""
        mapped = {control.id for control in self.controls}
        return tuple(name for name in self.ids if name not in mapped)


def load_all(folder: Path = FOLDER) -> tuple[Catalogue, ...]:
    """Every catalogue of a folder, by file name. Raises ConfigError."""
    return tuple(load(path) for path in sorted(folder.glob("*.yaml")))


def load(path: Path) -> Catalogue:
    """Read one catalogue and the list of ids beside it, in ``editions/``. Raises ConfigError."""
    body, listed = _read(path), path.parent / "editions" / path.name
    head, edition = _mapping(path, body), _mapping(listed, _read(listed))
    _keys(path, "catalogue", head, _HEAD - {"note"}, _HEAD)
    _keys(listed, "edition", edition, {"framework", "edition", "source", "complete", "ids"}, None)
    for name in ("framework", "edition"):
        if edition[name] != head[name]:
            raise ConfigError(f"{listed}: {name} {edition[name]!r} is not the catalogue's {head[name]!r}")
    if head["status"] == "reviewed" and head["reviewer"] == "nobody yet":
        raise ConfigError(f"{path}: reviewed, but by nobody")
    ids = tuple(name for pattern in edition["ids"] for name in expanded(str(pattern)))
    digest = hashlib.sha256(path.read_bytes() + listed.read_bytes()).hexdigest()
    controls = tuple(_control(path, head, raw) for raw in head["controls"])
    _consistent(path, controls, ids)
    kept = {name: str(head.get(name, "")) for name in _HEAD - {"controls", "basis", "status"}}
    return Catalogue(
        **kept,
        status=_one(path, "status", head["status"], ("draft", "reviewed")),
        digest=digest,
        ids=ids,
        complete=bool(edition["complete"]),
        controls=controls,
    )


def expanded(pattern: str) -> Iterator[str]:
    """``A.2.[2-4]`` as three ids; bounds are numbers of equal width, or letters."""
    found = _RANGE.search(pattern)
    if not found:
        yield pattern
        return
    low, high = found.groups()
    if low.isdigit():
        items = [f"{number:0{len(low)}d}" for number in range(int(low), int(high) + 1)]
    else:
        items = [chr(code) for code in range(ord(low), ord(high) + 1)]
    for item in items:
        yield from expanded(pattern[: found.start()] + item + pattern[found.end() :])


def _control(path: Path, head: Mapping[str, Any], raw: object) -> Control:
    entry = _mapping(path, raw)
    name = str(entry.get("id", "?"))
    _keys(path, name, entry, _NEEDED, _ALLOWED)
    return Control(
        framework=head["framework"],
        edition=str(head["edition"]),
        id=name,
        title=_words(path, name, entry["title"]),
        asks=_words(path, name, entry["asks"]),
        gives=_one(path, name, entry["gives"], get_args(Gives)),
        artefacts=tuple(_one(path, name, item, get_args(Artefact)) for item in entry["artefacts"]),
        rules=_strings(path, name, entry.get("rules", [])),
        suites=_strings(path, name, entry.get("suites", [])),
        records=_strings(path, name, entry.get("records", [])),
        whole=_one(path, name, entry.get("whole", False), (True, False)),
        operator=str(entry.get("operator", "")),
        basis=_one(path, name, entry.get("basis", head["basis"]), get_args(Basis)),
        source=str(entry.get("source", head["source"])),
    )


def _consistent(path: Path, controls: tuple[Control, ...], ids: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for control in controls:
        if control.id in seen:
            raise ConfigError(f"{path}: `{control.id}` is there twice")
        if control.id not in ids:
            raise ConfigError(f"{path}: `{control.id}` is no id of this edition")
        if control.gives != "operator_must_supply" and not (control.rules or control.records):
            raise ConfigError(f"{path}: `{control.id}` {control.gives}, but maps to no rule and no record")
        if control.gives == "operator_must_supply" and not control.operator:
            raise ConfigError(f"{path}: `{control.id}` does not say what the operator must supply")
        seen.add(control.id)
    if len(set(ids)) != len(ids):
        raise ConfigError(f"{path}: the edition lists an id twice")


class _Strict(yaml.SafeLoader):
    """A loader that refuses a key given twice."""


def _unique(loader: yaml.SafeLoader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} twice", node.start_mark)
    return loader.construct_mapping(node, deep)


_Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique)


def _read(path: Path) -> object:
    try:
        return yaml.load(path.read_text("utf-8"), _Strict)  # noqa: S506 - a SafeLoader
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from None


def _mapping(path: Path, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: expected keys and values, not {type(value).__name__}")
    return value


def _keys(
    path: Path, name: str, found: Mapping[str, Any], needed: set[str], allowed: set[str] | None
) -> None:
    missing, unknown = needed - found.keys(), found.keys() - (allowed or needed)
    if missing or unknown:
        said = [f"{key} is missing" for key in sorted(missing)]
        said += [f"unknown key {key}" for key in sorted(unknown)]
        raise ConfigError(f"{path}: `{name}`: {', '.join(said)}")


def _one(path: Path, name: str, value: Any, allowed: tuple[Any, ...]) -> Any:  # noqa: ANN401
    if value not in allowed:
        raise ConfigError(f"{path}: `{name}`: {value!r} is none of {', '.join(map(str, allowed))}")
    return value


def _words(path: Path, name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{path}: `{name}`: title and asks need words")
    return " ".join(value.split())


def _strings(path: Path, name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{path}: `{name}`: expected a list of names")
    return tuple(value)
