"""What was pruned at the end of its time: by which record, and under which retention class."""

from collections.abc import Iterator, Mapping
from typing import Any

from reports.context import Context
from reports.evidence import Entry
from reports.model import Gap, Row, Table
from reports.text import moment
from reports.trace import support_of

COLUMNS = ("entries", "number", "classes", "bodies of the vault", "by", "at", "export (SHA-256)")


def pruned_table(context: Context) -> Table:
    """One row for each record of a pruning that is kept."""
    rows = tuple(_row(entry) for entry in context.tally.prunings)
    note = "Of the whole log. Hashes of entries that were pruned stay in the tree, and were verified."
    return Table("What was pruned at the end of its time", COLUMNS, rows, note)


def pruned_gaps(context: Context) -> Iterator[Gap]:
    """Entries that nobody can look at any more: a row for each pruning, and one for those before."""
    pruned = context.evidence.verified.pruned
    found = [
        entry for entry in context.tally.prunings if _number(entry, "previous") < _number(entry, "minimum")
    ]
    earliest = min((_number(entry, "previous") for entry in found), default=pruned)
    if pruned and earliest:
        why = "The record that said under which retention classes was pruned itself."
        yield Gap("pruned", _gone(0, earliest), earliest, why)
    for entry in found if pruned else ():
        first, end = _number(entry, "previous"), _number(entry, "minimum")
        said = f"Recorded as entry {entry.index}, by {_by(entry.record)}."
        why = f"Retention classes: {_classes(entry.record)}. {said}"
        yield Gap("pruned", _gone(first, end), end - first, why, support_of([entry]))


def _gone(first: int, end: int) -> str:
    return f"Entries {first} to {end - 1} were pruned at the end of their time"


def _row(entry: Entry) -> Row:
    record = entry.record
    first, end = _number(entry, "previous"), _number(entry, "minimum")
    cells = (
        f"{first} to {end - 1}" if first < end else "none",
        max(0, end - first),
        _classes(record),
        _number(entry, "contents"),
        _by(record),
        moment(entry.ts),
        str(record.get("export", "")),
    )
    return Row(cells, support_of([entry]))


def _classes(record: Mapping[str, Any]) -> str:
    classes = record.get("classes")
    counts = classes.items() if isinstance(classes, dict) else ()
    return ", ".join(f"{count} {name}" for name, count in sorted(counts)) or "none"


def _by(record: Mapping[str, Any]) -> str:
    return f"{record.get('by', '')} (account {record.get('user', '')})"


def _number(entry: Entry, name: str) -> int:
    value = entry.record.get(name)
    return value if isinstance(value, int) else 0
