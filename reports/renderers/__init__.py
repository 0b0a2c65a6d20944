"""One renderer a format. Each module has ``render(report) -> bytes``; heavy libraries are loaded when asked
for."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from reports.model import Report


@dataclass(frozen=True, slots=True)
class Format:
    """A format that reports can be written in."""

    suffix: str
    module: str
    about: str


FORMATS: Mapping[str, Format] = {
    "html": Format(".html", "html_page", "one page, no script, nothing loaded"),
    "json": Format(".json", "json_model", "the model itself (reports/schema/report-v1.json)"),
    "csv": Format(".csv", "csv_matrix", "control matrix"),
    "xlsx": Format(".xlsx", "xlsx_matrix", "control matrix as a spreadsheet (extra xlsx)"),
    "oscal": Format(".oscal.json", "oscal", "OSCAL 1.1.3 assessment results"),
    "sarif": Format(".sarif", "sarif", "SARIF 2.1.0: what is not evidenced, as results"),
    "in-toto": Format(".intoto.json", "in_toto", "in-toto statement over the report's model"),
    "pdf": Format(".pdf", "pdf", "PDF/A-2b (extra pdf)"),
}


def rendered(report: Report, name: str) -> bytes:
    """The report in one format. Raises ConfigError when the format needs an extra that is not installed."""
    module = import_module(f"reports.renderers.{FORMATS[name].module}")
    body: bytes = module.render(report)
    return body
