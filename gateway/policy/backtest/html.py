"""The report as one self-contained page: no script, nothing fetched, readable on paper and in the dark."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from gateway.policy.backtest.report import ANSWERS
from gateway.policy.backtest.svg import Curve, Whisker, curves, heat_map, timeline, whiskers

Json = dict[str, Any]
Rows = Iterable[Sequence[object]]

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5b6673; --paper: #fff; --line: #d5dae0;
  --cell: #eef1f4; --same: #5f7f9f; --stricter: #b3541e; --looser: #7a3e9d; --good: #1a7f37; --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa6b2; --paper: #14181d;
  --line: #3a424c; --cell: #1f252c; --same: #7fa3c7; --stricter: #e08a4f; --looser: #c08be0;
  --good: #56d364; --bad: #ff7b72; } }
@media print { :root { color-scheme: light; } section { break-inside: avoid; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
code { font-size: .85em; overflow-wrap: anywhere; } .soft { color: var(--soft); }
.pass { color: var(--good); } .fail { color: var(--bad); } .inconclusive { color: var(--stricter); }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--ink); } svg .small { font-size: 10px; fill: var(--soft); }
.cell { fill: var(--cell); } .same { fill: var(--same); } .stricter { fill: var(--stricter); }
.looser { fill: var(--looser); } .axis { stroke: var(--line); }
.mark { stroke: var(--soft); stroke-dasharray: 3; }
.whisker { stroke: var(--stricter); stroke-width: 2; } .dot { fill: var(--stricter); }
.line { fill: none; stroke-width: 2; }
.l0 { stroke: #3b7dd8; } .l1 { stroke: #2b9a66; } .l2 { stroke: #c59a00; } .l3 { stroke: #8a63d2; }
.l4 { stroke: #d6409f; } .l5 { stroke: #e5484d; } .l6 { stroke: #8d4a1f; }
.key.l0 { fill: #3b7dd8; } .key.l1 { fill: #2b9a66; } .key.l2 { fill: #c59a00; } .key.l3 { fill: #8a63d2; }
.key.l4 { fill: #d6409f; } .key.l5 { fill: #e5484d; } .key.l6 { fill: #8d4a1f; }
"""


def page(document: Json) -> str:
    """The whole page."""
    sections = [*_head(document), *_checks(document)]
    if "exchanges" in document:
        sections += [*_flips(document), *_strata(document), *_rules(document), *_clusters(document)]
        sections += [*_sweeps(document), *_time(document), *_cost(document), *_labels(document)]
    sections += _basis(document)
    body = "\n".join(sections)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Policy backtest: {escape(document['verdict'])}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _head(document: Json) -> Iterator[str]:
    word = document["verdict"]
    yield f'<h1>Policy backtest: <span class="{word}">{word}</span></h1>'
    log, new = document["log"], document["bundles"]["new"]
    yield (f"<p>{log['exchanges']:,} recorded exchanges, judged again under <code>{escape(new)}</code>.</p>")


def _checks(document: Json) -> Iterator[str]:
    rows = (
        (_raw(f'<span class="{check["verdict"]}">{check["verdict"]}</span>'), check["name"], check["said"])
        for check in document["checks"]
    )
    yield _section("Checks", _table(("", "check", "why"), rows))


def _flips(document: Json) -> Iterator[str]:
    matrix = document["exchanges"]
    cells = {(old, new): count for old, new, count in matrix["cells"]}
    names = [answer.value for answer in ANSWERS]
    kinds = ((kind.replace("_", " "), _number(count)) for kind, count in matrix["kinds"].items())
    rates = (
        (what.replace("_", " "), *_share(matrix[what]))
        for what in ("flipped", "newly_stopped", "newly_released")
    )
    yield _section(
        "What changes",
        '<p class="soft">Answers in force down, the candidate\'s across, mildest first.</p>',
        heat_map(names, cells),
        _table(("share of compared exchanges", "#count", "#share", "#95 % interval"), rates),
        _table(("what became of the exchanges", "#count"), kinds),
    )


def _strata(document: Json) -> Iterator[str]:
    for dimension in ("tenant", "route", "model"):
        rows = [
            _whisker(each["name"] or "(none)", each["flipped"], f" of {each['compared']:,}")
            for each in document["strata"]
            if each["dimension"] == dimension
        ]
        if rows:
            yield _section(f"Changed decisions by {dimension}", whiskers(rows[:20], f"Flips by {dimension}"))


def _rules(document: Json) -> Iterator[str]:
    rows = [_whisker(f"{each['rule']} ({each['kind']})", each["share"]) for each in document["rules"]]
    if rows:
        yield _section("Responsible rules", whiskers(rows[:20], "Changes by rule"))


def _whisker(label: str, told: Sequence[float], of: str = "") -> Whisker:
    count, low, share, high = told
    return Whisker(label, low, share, high, f"{int(count):,}{of}")


def _clusters(document: Json) -> Iterator[str]:
    rows = (
        (
            each["kind"].replace("_", " "),
            f"{each['old']} → {each['new']}" if each["old"] != each["new"] else each["old"],
            ", ".join(each["rules"]),
            _number(each["count"]),
            _raw("<br>".join(_example(one) for one in each["examples"])),
        )
        for each in document["clusters"]
    )
    if document["clusters"]:
        heads = ("kind", "answers", "rules", "#count", "first exchanges (entry)")
        yield _section("Examples", _table(heads, rows))
    if document["faults"]:
        faults = ((said, _number(count)) for said, count in document["faults"].items())
        yield _section("The candidate's rules fail", _table(("message", "#count"), faults))


def _example(one: Json) -> str:
    return f"<code>{escape(one['exchange'])}</code> ({one['index']})"


def _sweeps(document: Json) -> Iterator[str]:
    for sweep in document["sweeps"]:
        points = sweep["points"]
        told = [a.value for a in ANSWERS if any(p["answers"][a.value] for p in points) and a.value != "allow"]
        lines = [Curve(name, [point["answers"][name] for point in points]) for name in told]
        picture = curves([point["value"] for point in points], lines, f"Answers by {sweep['path']}")
        rows = (
            (p["value"], *(_number(p["answers"][name]) for name in told), *_share(p["newly_stopped"])[:2])
            for p in points
        )
        heads = ("value", *(f"#{name}" for name in told), "#newly stopped", "#share")
        yield _section(f"If {sweep['path']} were …", picture, _table(heads, rows))


def _time(document: Json) -> Iterator[str]:
    bins = document["timeline"]["bins"]
    if bins:
        legend = '<p class="soft">All exchanges, with those newly stopped or newly released in colour.</p>'
        picture = timeline(bins, _clock(bins[0]["minute"]), _clock(bins[-1]["minute"]))
        yield _section("Over time", legend, picture)


def _cost(document: Json) -> Iterator[str]:
    cost = document["cost"]
    for part, title in (
        ("saved", "Newly stopped requests: tokens that would not be spent"),
        ("wasted", "Newly stopped answers: tokens spent in vain"),
    ):
        rows = (
            (
                each["model"], _number(each["exchanges"]), _number(each["input_tokens"]),
                _number(each["output_tokens"]), _number(each["uncounted"]), each.get("price", "—"),
            )
            for each in cost[part]
        )  # fmt: skip
        if cost[part]:
            heads = ("model", "#exchanges", "#tokens in", "#tokens out", "#without a count", "#price")
            yield _section(title, _table(heads, rows))
    if cost["unpriced"]:
        yield f"<p>Without a price: {escape(', '.join(cost['unpriced']))}.</p>"


def _labels(document: Json) -> Iterator[str]:
    rows = (
        (
            side, _number(each["rightly_stopped"]), _number(each["wrongly_stopped"]), _number(each["missed"]),
            _interval(each["precision"]), _interval(each["recall"]),
        )
        for side, each in document["labels"].items()
    )  # fmt: skip
    if document["labels"]:
        heads = ("side", "#rightly stopped", "#wrongly stopped", "#missed", "precision", "recall")
        yield _section("Against labels", _table(heads, rows))


def _basis(document: Json) -> Iterator[str]:
    log, window = document["log"], document["window"]
    rows: list[Sequence[object]] = [
        ("log", f"{log['origin']}, {log['size']:,} entries, root {log['root']}"),
        ("entries taken", f"{log['exchanges']:,} from {log['first']} to {log['last']}; {log['indices']}"),
        ("window", f"{window['since'] or 'the beginning'} to {window['until'] or 'the end'}"),
        ("tenants", ", ".join(window["tenants"]) or "all"),
        ("candidate", document["bundles"]["new"]),
        ("in force", ", ".join(document["bundles"]["old"])),
        ("refused as malformed", _number(document["refused"])),
        ("without an outcome", _number(document["unfinished"])),
        *((f"unreplayable: {why}", _number(count)) for why, count in document["unreplayable"].items()),
    ]
    yield _section("Basis", _table(("", ""), rows))
    if caveats := document.get("caveats"):
        yield _section(
            "What this does not say", f"<ul>{''.join(f'<li>{escape(c)}</li>' for c in caveats)}</ul>"
        )


# --- pieces -------------------------------------------------------------------------------------------------


class _raw(str):  # noqa: N801 - a mark on text, not a thing
    """Text that is HTML already."""

    __slots__ = ()


def _section(title: str, *parts: str) -> str:
    return "\n".join(["<section>", f"<h2>{escape(title)}</h2>", *parts, "</section>"])


def _table(heads: Sequence[str], rows: Rows) -> str:
    numeric = [head.startswith("#") for head in heads]
    names = "".join(_cell("th", head.lstrip("#"), n) for head, n in zip(heads, numeric, strict=True))
    lines = (
        "<tr>" + "".join(_cell("td", value, n) for value, n in zip(row, numeric, strict=True)) + "</tr>"
        for row in rows
    )
    return "\n".join(["<table>", f"<tr>{names}</tr>", *lines, "</table>"])


def _cell(tag: str, value: object, numeric: bool) -> str:  # noqa: FBT001
    text = value if isinstance(value, _raw) else escape(str(value))
    return f'<{tag} class="n">{text}</{tag}>' if numeric else f"<{tag}>{text}</{tag}>"


def _number(value: int) -> str:
    return f"{value:,}"


def _share(told: Sequence[float]) -> tuple[str, str, str]:
    count, low, share, high = told
    return f"{int(count):,}", f"{share:.3%}", f"{low:.3%} to {high:.3%}"


def _interval(told: Sequence[float]) -> str:
    low, share, high = told
    return f"{share:.1%} ({low:.1%} to {high:.1%})"


def _clock(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%d %H:%M")
