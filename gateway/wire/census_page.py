"""The endpoint table and the census as a page: ``python -m gateway.wire.census_page``."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

from gateway.wire.census import Entry, census
from gateway.wire.endpoint import Direction
from gateway.wire.endpoints import ENDPOINTS

BEGIN = "<!-- What follows is made by `python -m gateway.wire.census_page FILE`. -->"

_MODEL: Mapping[str, str] = {
    "body": "body",
    "optional": "body, or none",
    "path": "path",
    "none": "none",
}

Fields = tuple[tuple[str, str, str, str], ...]


def page() -> str:
    """The generated part of the page."""
    return "\n".join([BEGIN, "", *_routes(), *_tables()])


def refresh(text: str) -> str:
    """A page with its generated part made anew."""
    before, _, _ = text.partition(BEGIN)
    return before + page()


def _routes() -> Iterator[str]:
    yield "## Every endpoint"
    yield ""
    yield "| endpoint | request | dialect | body | model |"
    yield "|---|---|---|---|---|"
    for endpoint in ENDPOINTS:
        paths = ", ".join(f"`{endpoint.method} {path.whole}`" for path in endpoint.paths)
        row = (f"`{endpoint.name}`", paths, endpoint.dialect.name, endpoint.body, _MODEL[endpoint.model])
        yield "| " + " | ".join(row) + " |"
    yield ""


def _tables() -> Iterator[str]:
    yield "## Every field"
    yield ""
    for (direction, fields), endpoints in _alike().items():
        names = ", ".join(f"`{name}`" for name in endpoints)
        yield f"### {direction.capitalize()}: {names}"
        yield ""
        yield "| field | read as | not read, since | listed as unscanned |"
        yield "|---|---|---|---|"
        yield from (f"| {field} | {kind} | {reason} | {gap} |" for field, kind, reason, gap in fields)
        yield ""


def _alike() -> Mapping[tuple[Direction, Fields], list[str]]:
    """Tables, each with the names of the endpoints that share it."""
    out: dict[tuple[Direction, Fields], list[str]] = {}
    for (name, direction), entries in _entries().items():
        out.setdefault((direction, _fields(entries)), []).append(name)
    return out


def _entries() -> Mapping[tuple[str, Direction], list[Entry]]:
    out: dict[tuple[str, Direction], list[Entry]] = {}
    for entry in census():
        out.setdefault((entry.endpoint, entry.direction), []).append(entry)
    return out


def _fields(entries: Iterable[Entry]) -> Fields:
    """One row for fields in a row that fare alike."""
    return tuple(
        (" ".join(f"`{entry.field}`" for entry in several), *fate)
        for fate, several in groupby(entries, key=_fate)
    )


def _fate(entry: Entry) -> tuple[str, str, str]:
    return entry.kind.replace("|", ", "), entry.reason, entry.gap


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.write_text(refresh(target.read_text()))
