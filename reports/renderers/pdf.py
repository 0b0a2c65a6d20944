"""PDF/A-2b, set by typst. Needs the extra ``pdf``; loads no package and no font from anywhere.

Texts reach typst as data, never as source: whatever a caller named a model stays a string.
"""

import json
from pathlib import Path
from typing import Any, Literal

from gateway.core.errors import ConfigError
from reports.model import Report, plain
from reports.renderers.svg import drawn

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"

STANDARD: Literal["a-2b"] = "a-2b"


def render(report: Report) -> bytes:
    """The document."""
    try:
        import typst
    except ImportError:
        raise ConfigError("a PDF needs the extra pdf: pip install 'lictor[pdf]'") from None
    data = json.dumps(_data(report), ensure_ascii=False)
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
