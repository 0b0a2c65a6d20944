"""What changes, on a page: the checks, the matrix, strata and rules. Of a backtest, and of a shadow."""

from collections.abc import Iterator, Sequence
from typing import Any

from gateway.policy.backtest.changes import ANSWERS
from gateway.policy.backtest.html_pieces import Raw, number, section, share, table
from gateway.policy.backtest.svg import Whisker, heat_map, whiskers

Json = dict[str, Any]


def checks(document: Json) -> Iterator[str]:
    """Every check with its verdict."""
    rows = (
        (Raw(f'<span class="{check["verdict"]}">{check["verdict"]}</span>'), check["name"], check["said"])
        for check in document["checks"]
    )
    yield section("Checks", table(("", "check", "why"), rows))


def flips(document: Json, unit: str) -> Iterator[str]:
    """The matrix and the shares; ``unit`` is what was counted."""
    matrix = document[unit]
    cells = {(old, new): count for old, new, count in matrix["cells"]}
    names = [answer.value for answer in ANSWERS]
    kinds = ((kind.replace("_", " "), number(count)) for kind, count in matrix["kinds"].items())
    rates = (
        (what.replace("_", " "), *share(matrix[what]))
        for what in ("flipped", "newly_stopped", "newly_released")
    )
    yield section(
        "What changes",
        '<p class="soft">Answers in force down, the candidate\'s across, mildest first.</p>',
        heat_map(names, cells),
        table((f"share of compared {unit}", "#count", "#share", "#95 % interval"), rates),
        table((f"what became of the {unit}", "#count"), kinds),
    )


def strata(document: Json) -> Iterator[str]:
    """By tenant, route and model."""
    for dimension in ("tenant", "route", "model"):
        rows = [
            _whisker(each["name"] or "(none)", each["flipped"], f" of {each['compared']:,}")
            for each in document["strata"]
            if each["dimension"] == dimension
        ]
        if rows:
            yield section(f"Changed decisions by {dimension}", whiskers(rows[:20], f"Flips by {dimension}"))


def rules(document: Json) -> Iterator[str]:
    """Which rules the changes come from."""
    rows = [_whisker(f"{each['rule']} ({each['kind']})", each["share"]) for each in document["rules"]]
    if rows:
        yield section("Responsible rules", whiskers(rows[:20], "Changes by rule"))


def _whisker(label: str, told: Sequence[float], of: str = "") -> Whisker:
    count, low, rate, high = told
    return Whisker(label, low, rate, high, f"{int(count):,}{of}")
