"""JSON: the model itself, as ``schema/report-v1.json`` describes it."""

import json

from reports.model import Report, plain


def render(report: Report) -> bytes:
    """The whole model, indented; the headline comes first."""
    return (json.dumps(plain(report), indent=1, ensure_ascii=False) + "\n").encode()
