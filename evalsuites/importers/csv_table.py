"""Comma-separated values (RFC 4180) in UTF-8, the first row names the columns. An empty cell is no value."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from evalsuites.harness.faults import UsageFault
from evalsuites.importers.source import Flaw, Row, Source, content, digest_of


def read(source: str) -> Source:
    """Read a file. Raises as :data:`~evalsuites.importers.source.Reader` says."""
    body, name = content(source), Path(source).name
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise UsageFault(f"{source}:{line}", f"this is no UTF-8: {error.reason}") from None
    return Source(name, digest_of(body), tuple(_rows(text, source, name)))


def _rows(text: str, source: str, name: str) -> Iterator[Row | Flaw]:
    table = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = _header(next(table, []), source)
        line = table.line_num + 1
        for cells in table:
            if cells:
                yield _row(header, cells, f"{name}:{line}")
            line = table.line_num + 1
    except csv.Error as error:
        # Where quoting is broken, nothing tells where the next row begins: the rest cannot be trusted.
        raise UsageFault(f"{source}:{table.line_num}", f"this is no CSV: {error}") from None


def _header(cells: Sequence[str], source: str) -> Sequence[str]:
    if not any(cells):
        raise UsageFault(f"{source}:1", "the first row must name the columns")
    if twice := [cell for place, cell in enumerate(cells) if cell in cells[:place]]:
        raise UsageFault(f"{source}:1", f"the column `{twice[0]}` stands twice")
    return cells


def _row(header: Sequence[str], cells: Sequence[str], where: str) -> Row | Flaw:
    if len(cells) != len(header):
        return Flaw(where, f"there are {len(cells)} cells for {len(header)} columns")
    return Row(where, {name: cell or None for name, cell in zip(header, cells, strict=True)})
