"""The report of a shadow as one self-contained page."""

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from typing import Any

from gateway.policy.backtest.html_changes import checks, flips, rules, strata
from gateway.policy.backtest.html_pieces import Raw, frame, number, section, table

Json = dict[str, Any]


def page(document: Json) -> str:
    """The whole page."""
    sections = [*checks(document), *flips(document, "decisions"), *strata(document), *rules(document)]
    return frame("Policy shadow", document["verdict"], [*sections, *_latest(document), *_basis(document)])


def _latest(document: Json) -> Iterator[str]:
    rows = (
        (
            Raw(f"<code>{escape(each['exchange'])}</code>"), each["phase"], f"{each['old']} → {each['new']}",
            ", ".join(each["rules"]),
        )
        for each in document["latest"]
    )  # fmt: skip
    if document["latest"]:
        yield section("Latest divergences", table(("exchange", "phase", "answers", "rules"), rows))


def _basis(document: Json) -> Iterator[str]:
    bundles, counts = document["bundles"], document["counts"]
    rows = [
        ("candidate", bundles["new"]),
        ("in force", ", ".join(bundles["old"])),
        ("seen", f"{_clock(document['first_ms'])} to {_clock(document['last_ms'])}"),
        *((name, number(counts[name])) for name in sorted(counts)),
    ]
    yield section("Basis", table(("", ""), rows))


def _clock(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
