"""HTML: one file, no script, nothing loaded from anywhere; on paper and in the dark as well."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.model import STATUSES, Chart, Report
from reports.renderers.svg import drawn

FOLDER = Path(__file__).parent / "templates"

SAID = {
    "supports": "supports",
    "partial": "partial",
    "not_covered": "not covered",
    "operator_must_supply": "operator must supply",
}
"""A status, in words."""


def render(report: Report) -> bytes:
    """The whole page."""
    style = (FOLDER / "report.css").read_text("utf-8")
    counted = {status: sum(claim.status == status for claim in report.claims) for status in STATUSES}
    page = _environment().get_template("report.html")
    shown: dict[str, Any] = {
        "report": report,
        "counted": counted,
        "style": Markup(style),  # noqa: S704 - our own file, nothing of a caller's in it
        "style_hash": base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    }
    return page.render(shown).encode()


def _chart(chart: Chart) -> Markup:
    return Markup(drawn(chart))  # noqa: S704 - every text in it is escaped where it is drawn


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["chart"] = _chart
    environment.globals["said"] = SAID
    return environment
