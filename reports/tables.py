"""Tables and charts out of the tally."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reports.model import Chart, Row, Series, Support, Table
from reports.tally import Tally

ROWS = 50
"""Rows that a table shows; the rest is counted in its note."""

BARS = 12
MOST_DAYS = 45
"""Beyond so many days, a chart over time counts by month."""

ANSWERS = ("allow", "flag", "transform", "require_approval", "deny", "error_open", "error_closed")

Keyed = Mapping[tuple[str, ...], Support]


def ranked(found: Keyed) -> list[tuple[tuple[str, ...], Support]]:
    """Most frequent first; equals by name."""
    return sorted(found.items(), key=lambda item: (-item[1].count, item[0]))


def table(title: str, columns: Sequence[str], found: Keyed, note: str = "") -> Table:
    """One row a key, most frequent first, with the number of records last."""
    rows = [Row((*map(_named, key), support.count), support) for key, support in ranked(found)]
    return capped(title, (*columns, "records"), rows, note)


def capped(title: str, columns: Sequence[str], rows: Sequence[Row], note: str = "") -> Table:
    """A table of at most :data:`ROWS` rows, which says what it leaves out."""
    rest = len(rows) - ROWS
    left = f"{rest} more rows are left out." if rest > 0 else ""
    return Table(title, tuple(columns), tuple(rows[:ROWS]), " ".join(part for part in (note, left) if part))


@dataclass(frozen=True, slots=True)
class Crossing:
    """A facet of two parts to be shown as a grid, and the facet that counts its first part alone."""

    first: str
    facet: str
    whole: str
    columns: Sequence[str] = ()
    """Keys of the second part that come first, in this order."""


RULES = Crossing("rule", "rule_effect", "rule")
TENANTS = Crossing("tenant", "tenant_answer", "tenant", ANSWERS)
CHECKS = Crossing("detector", "coverage", "checked", ("ok", "not_applicable"))


def crossed(title: str, tally: Tally, crossing: Crossing) -> Table:
    """The first part of the facet down, the second across."""
    columns = crossing.columns
    down: dict[str, dict[str, int]] = {}
    for key, support in tally.of(crossing.facet).items():
        down.setdefault(key[0], {})[key[-1]] = support.count
    across = [*columns, *sorted({key for row in down.values() for key in row} - set(columns))]
    used = [name for name in across if any(name in row for row in down.values())]
    rows = [
        Row(
            (_named(name), *(counts.get(at, 0) for at in used), sum(counts.values())),
            tally.one(crossing.whole, name),
        )
        for name, counts in sorted(down.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    ]
    return capped(title, (crossing.first, *map(_named, used), "all"), rows)


def bars(title: str, grid: Table) -> Chart:
    """The first rows of a grid, lying."""
    rows = grid.rows[:BARS]
    names = grid.columns[1:-1]
    series = tuple(
        Series(name, tuple(_number(row.cells[at + 1]) for row in rows)) for at, name in enumerate(names)
    )
    return Chart(title, "bars", tuple(str(row.cells[0]) for row in rows), series)


def over_time(title: str, tally: Tally) -> tuple[Chart, Table]:
    """Exchanges by day, or by month where the period is long, and by answer."""
    found = tally.of("day")
    days = sorted({key[0] for key in found if len(key[0]) == len("2026-01-01")})
    wide = len(days) > 1 and _days(days[0], days[-1]) > MOST_DAYS
    cut: Callable[[str], str] = (lambda name: name[:7]) if wide else (lambda name: name)
    counts: dict[tuple[str, str], int] = {}
    for key, support in found.items():
        place = (cut(key[0]), key[-1])
        counts[place] = counts.get(place, 0) + support.count
    labels = sorted({place[0] for place in counts}) if wide or not days else _every(days[0], days[-1])
    answers = [name for name in ANSWERS if any(place[1] == name for place in counts)]
    series = tuple(Series(name, tuple(counts.get((at, name), 0) for at in labels)) for name in answers)
    rows = [
        Row((at, *(counts.get((at, name), 0) for name in answers)), tally.one("date", at)) for at in labels
    ]
    columns = ("month" if wide else "day", *answers)
    return Chart(title, "columns", tuple(labels), series), Table(title, columns, tuple(rows))


def pairs(title: str, columns: tuple[str, str], rows: Iterable[tuple[str, str | int]]) -> Table:
    """A table of names and values."""
    return Table(title, columns, tuple(Row(row) for row in rows))


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _every(first: str, last: str) -> list[str]:
    start = date.fromisoformat(first)
    return [(start + timedelta(days=at)).isoformat() for at in range(_days(first, last) + 1)]


def _named(name: str) -> str:
    return name or "(none)"


def _number(cell: str | int) -> int:
    return cell if isinstance(cell, int) else 0
