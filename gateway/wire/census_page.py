"""The endpoint table and the census as a page: ``python -m gateway.wire.census_page``."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path

from gateway.wire.census import Entry, census
from gateway.wire.endpoint import Direction, Endpoint
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
        names = ", ".join(f"`{endpoint.name}`" for endpoint in endpoints)
        yield f"### {direction.capitalize()}: {names}"
        yield ""
        yield "| field | read as | not read, since | listed as unscanned |"
        yield "|---|---|---|---|"
        yield from (f"| {field} | {kind} | {reason} | {gap} |" for field, kind, reason, gap in fields)
        yield ""


def _alike() -> Mapping[tuple[Direction, Fields], list[Endpoint]]:
    """Tables, each with the endpoints that share it."""
    out: dict[tuple[Direction, Fields], list[Endpoint]] = {}
    for endpoint in ENDPOINTS:
        for direction in endpoint.census:
            out.setdefault((direction, _fields(_entries()[endpoint.name, direction])), []).append(endpoint)
    return out


@cache
def _entries() -> Mapping[tuple[str, str], list[Entry]]:
    out: dict[tuple[str, str], list[Entry]] = {}
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
