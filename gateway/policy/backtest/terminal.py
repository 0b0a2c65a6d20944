"""The report for a terminal."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.policy.backtest.changes import ANSWERS

Json = dict[str, Any]
_STYLES = {"pass": "green", "fail": "bold red", "inconclusive": "yellow"}
MOST = 10


def tell(document: Json, console: Console) -> None:
    """Print what matters most; the page and the JSON hold the rest."""
    bundles = document["bundles"]
    console.print(f"candidate {bundles['new']}\nin force  {', '.join(bundles['old'])}", soft_wrap=True)
    for table in _tables(document):
        console.print(table)
    for check in document["checks"]:
        word = check["verdict"]
        console.print(Text.assemble((f"{word:<12}", _STYLES[word]), f" {check['name']}: {check['said']}"))
    console.print(Text.assemble("verdict: ", (document["verdict"], _STYLES[document["verdict"]])))


def _tables(document: Json) -> Iterator[Table]:
    for unit in ("exchanges", "decisions"):
        if unit in document:
            yield _matrix(document[unit], unit)
            yield _rates(document[unit], unit)
    if document.get("clusters"):
        yield _clusters(document["clusters"])
    elif document.get("rules"):
        yield _rules(document["rules"])
    if document.get("latest"):
        yield _latest(document["latest"])
    for sweep in document.get("sweeps", ()):
        yield _sweep(sweep)


def _matrix(matrix: Json, unit: str) -> Table:
    cells = {(old, new): count for old, new, count in matrix["cells"]}
    names = [a.value for a in ANSWERS if any(a.value in pair for pair in cells)]
    table = Table(title=f"{unit}: answer in force (down), candidate (across)")
    table.add_column("")
    for name in names:
        table.add_column(name, justify="right")
    for old in names:
        row = (_count(cells.get((old, new), 0), same=old == new) for new in names)
        table.add_row(old, *row)
    return table


def _count(count: int, *, same: bool) -> Text:
    return Text(f"{count:,}" if count else "·", style="" if same or not count else "bold")


def _rates(matrix: Json, unit: str) -> Table:
    title = f"{matrix['total']:,} {unit}, {matrix['compared']:,} compared"
    table = Table("", title=title)
    for head in ("count", "share", "95 % interval"):
        table.add_column(head, justify="right")
    for name in ("flipped", "newly_stopped", "newly_released", "unknown"):
        count, low, share, high = matrix[name]
        words = (f"{int(count):,}", f"{share:.3%}", f"{low:.3%} - {high:.3%}")
        table.add_row(name.replace("_", " "), *words)
    for kind, count in matrix["kinds"].items():
        if kind in {"unreplayable", "unobservable", "moot"}:
            table.add_row(kind, f"{count:,}", "", "")
    return table


def _clusters(clusters: list[Json]) -> Table:
    table = Table("kind", "answers", "rules", "count", "first", title="changes by responsible rules")
    for each in clusters[:MOST]:
        first = each["examples"][0]["exchange"] if each["examples"] else ""
        answers = f"{each['old']} > {each['new']}"
        table.add_row(each["kind"], answers, ", ".join(each["rules"]), f"{each['count']:,}", first)
    return table


def _rules(rules: list[Json]) -> Table:
    table = Table("rule", "kind", "count", title="responsible rules")
    for each in rules[:MOST]:
        table.add_row(each["rule"], each["kind"], f"{int(each['share'][0]):,}")
    return table


def _latest(latest: list[Json]) -> Table:
    table = Table("exchange", "phase", "answers", "rules", title="latest divergences")
    for each in latest:
        answers = f"{each['old']} > {each['new']}"
        table.add_row(each["exchange"], each["phase"], answers, ", ".join(each["rules"]))
    return table


def _sweep(sweep: Json) -> Table:
    points = sweep["points"]
    names = [a.value for a in ANSWERS if any(point["answers"][a.value] for point in points)]
    table = Table("value", title=f"if {sweep['path']} were")
    for name in (*names, "newly stopped"):
        table.add_column(name, justify="right")
    for point in points:
        counts = (f"{point['answers'][name]:,}" for name in names)
        table.add_row(point["value"], *counts, f"{int(point['newly_stopped'][0]):,}")
    return table
