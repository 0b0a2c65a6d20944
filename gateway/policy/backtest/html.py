"""The report as one self-contained page: no script, nothing fetched, readable on paper and in the dark."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from gateway.policy.backtest.changes import ANSWERS
from gateway.policy.backtest.html_changes import checks, flips, rules, strata
from gateway.policy.backtest.html_pieces import Raw, frame, interval, number, section, share, table
from gateway.policy.backtest.svg import Curve, curves, timeline

Json = dict[str, Any]


def page(document: Json) -> str:
    """The whole page."""
    sections = [*_head(document), *checks(document)]
    if "exchanges" in document:
        sections += [*flips(document, "exchanges"), *strata(document), *rules(document)]
        sections += [*_clusters(document), *_sweeps(document), *_time(document)]
        sections += [*_cost(document), *_labels(document)]
    return frame("Policy backtest", document["verdict"], [*sections, *_basis(document)])


def _head(document: Json) -> Iterator[str]:
    log, new = document["log"], document["bundles"]["new"]
    yield f"<p>{log['exchanges']:,} recorded exchanges, judged again under <code>{escape(new)}</code>.</p>"


def _clusters(document: Json) -> Iterator[str]:
    rows = (
        (
            each["kind"].replace("_", " "),
            f"{each['old']} → {each['new']}" if each["old"] != each["new"] else each["old"],
            ", ".join(each["rules"]),
            number(each["count"]),
            Raw("<br>".join(_example(one) for one in each["examples"])),
        )
        for each in document["clusters"]
    )
    if document["clusters"]:
        heads = ("kind", "answers", "rules", "#count", "first exchanges (entry)")
        yield section("Examples", table(heads, rows))
    if document["faults"]:
        faults = ((said, number(count)) for said, count in document["faults"].items())
        yield section("The candidate's rules fail", table(("message", "#count"), faults))


def _example(one: Json) -> str:
    return f"<code>{escape(one['exchange'])}</code> ({one['index']})"


def _sweeps(document: Json) -> Iterator[str]:
    for sweep in document["sweeps"]:
        points = sweep["points"]
        told = [a.value for a in ANSWERS if any(p["answers"][a.value] for p in points) and a.value != "allow"]
        lines = [Curve(name, [point["answers"][name] for point in points]) for name in told]
        picture = curves([point["value"] for point in points], lines, f"Answers by {sweep['path']}")
        rows = (
            (p["value"], *(number(p["answers"][name]) for name in told), *share(p["newly_stopped"])[:2])
            for p in points
        )
        heads = ("value", *(f"#{name}" for name in told), "#newly stopped", "#share")
        yield section(f"If {sweep['path']} were …", picture, table(heads, rows))


def _time(document: Json) -> Iterator[str]:
    bins = document["timeline"]["bins"]
    if bins:
        legend = '<p class="soft">All exchanges, with those newly stopped or newly released in colour.</p>'
        picture = timeline(bins, _clock(bins[0]["minute"]), _clock(bins[-1]["minute"]))
        yield section("Over time", legend, picture)


def _cost(document: Json) -> Iterator[str]:
    cost = document["cost"]
    for part, title in (
        ("saved", "Newly stopped requests: tokens that would not be spent"),
        ("wasted", "Newly stopped answers: tokens spent in vain"),
    ):
        rows = (
            (
                each["model"], number(each["exchanges"]), number(each["input_tokens"]),
                number(each["output_tokens"]), number(each["uncounted"]), each.get("price", "—"),
            )
            for each in cost[part]
        )  # fmt: skip
        if cost[part]:
            heads = ("model", "#exchanges", "#tokens in", "#tokens out", "#without a count", "#price")
            yield section(title, table(heads, rows))
    if cost["unpriced"]:
        yield f"<p>Without a price: {escape(', '.join(cost['unpriced']))}.</p>"


def _labels(document: Json) -> Iterator[str]:
    rows = (
        (
            side, number(each["rightly_stopped"]), number(each["wrongly_stopped"]), number(each["missed"]),
            interval(each["precision"]), interval(each["recall"]),
        )
        for side, each in document["labels"].items()
    )  # fmt: skip
    if document["labels"]:
        heads = ("side", "#rightly stopped", "#wrongly stopped", "#missed", "precision", "recall")
        yield section("Against labels", table(heads, rows))


def _basis(document: Json) -> Iterator[str]:
    log, window = document["log"], document["window"]
    rows: list[Sequence[object]] = [
        ("log", f"{log['origin']}, {log['size']:,} entries, root {log['root']}"),
        ("entries taken", f"{log['exchanges']:,} from {log['first']} to {log['last']}; {log['indices']}"),
        ("window", f"{window['since'] or 'the beginning'} to {window['until'] or 'the end'}"),
        ("tenants", ", ".join(window["tenants"]) or "all"),
        ("candidate", document["bundles"]["new"]),
        ("in force", ", ".join(document["bundles"]["old"])),
        ("refused as malformed", number(document["refused"])),
        ("without an outcome", number(document["unfinished"])),
        *((f"unreplayable: {why}", number(count)) for why, count in document["unreplayable"].items()),
    ]
    yield section("Basis", table(("", ""), rows))
    if caveats := document.get("caveats"):
        yield section(
            "What this does not say", f"<ul>{''.join(f'<li>{escape(c)}</li>' for c in caveats)}</ul>"
        )


def _clock(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%d %H:%M")
