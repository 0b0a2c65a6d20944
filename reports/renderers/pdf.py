"""PDF/A-2b, set by typst. Needs the extra ``pdf``; loads no package and no font from anywhere.

Texts reach typst as data, never as source: whatever a caller named a model stays a string. PDF/A wants
every character shown, and the fonts inside typst have not all: where one is missing, those that are not
Latin are spelled out, as ``[U+1F600]``.
"""

import json
import re
from pathlib import Path
from typing import Any, Literal

from gateway.core.errors import ConfigError
from reports.model import Report, plain
from reports.renderers.svg import drawn

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"

_UNCOMMON = re.compile("[^\\x00-\u024f\u2010-\u2027]")
"""What is neither Latin nor usual punctuation."""

STANDARD: Literal["a-2b"] = "a-2b"


def render(report: Report) -> bytes:
    """The document."""
    try:
        import typst
    except ImportError:
        raise ConfigError("a PDF needs the extra pdf: pip install 'lictor[pdf]'") from None
    data = json.dumps(_data(report), ensure_ascii=False)
    try:
        return _set(data)
    except typst.TypstError:
        return _set(_UNCOMMON.sub(lambda found: f"[U+{ord(found[0]):04X}]", data))


def _set(data: str) -> bytes:
    import typst

    return typst.compile(
        TEMPLATE,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"report": data},
        pdf_standards=[STANDARD],
        root=TEMPLATE.parent,
    )


def _data(report: Report) -> dict[str, Any]:
    """The model with its charts drawn and its references listed."""
    model: dict[str, Any] = plain(report)
    for section, told in zip(model["sections"], report.sections, strict=True):
        section["pictures"] = [picture for picture in map(drawn, told.charts) if picture]
    model["refs"] = plain(report.refs)
    model["verified"] = report.verified
    return model
