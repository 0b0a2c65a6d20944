"""XLSX: the control matrix with the header beside it. Needs the extra ``xlsx``."""

import io
import re
import zipfile

from gateway.core.errors import ConfigError
from reports.model import Cell, Report
from reports.renderers.matrix import COLUMNS, WIDTHS, harmless, rows

_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_FIXED = (1980, 1, 1, 0, 0, 0)


def render(report: Report) -> bytes:
    """Two sheets; every text is typed as text, so that nothing is evaluated."""
    try:
        from openpyxl import Workbook
    except ImportError:
        raise ConfigError("a spreadsheet needs the extra xlsx: pip install 'lictor[xlsx]'") from None
    book = Workbook()
    sheet = book.active
    if sheet is None:  # a new book has one sheet
        raise AssertionError
    sheet.title = "matrix"
    _fill(sheet, [COLUMNS, *rows(report)])
    for at, width in enumerate(WIDTHS):
        sheet.column_dimensions["ABCDEFGH"[at]].width = width
    sheet.freeze_panes = "A2"
    header = report.header
    about: list[tuple[Cell, ...]] = [("headline", report.headline), ("title", header.title)]
    about += [("from", header.period_from), ("to", header.period_to), ("dated", header.dated)]
    about += [("verify", header.verify), ("make again", header.reproduce)]
    about += [(item.name, item.digest) for item in header.inputs]
    _fill(book.create_sheet("about"), about)
    out = io.BytesIO()
    book.save(out)
    return _fixed(out.getvalue(), header.dated or "1980-01-01T00:00:00Z")


def _fill(sheet: object, lines: list[tuple[Cell, ...]]) -> None:
    for down, line in enumerate(lines, 1):
        for across, value in enumerate(line, 1):
            cell = sheet.cell(down, across)  # type: ignore[attr-defined]
            cell.value = harmless(value)
            if isinstance(value, str):
                cell.data_type = "s"


def _fixed(data: bytes, dated: str) -> bytes:
    """The same archive without the times of its making."""
    out = io.BytesIO()
    moment = re.sub(r"\.\d+Z$", "Z", dated).encode()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in sorted(source.namelist()):
            body = source.read(name)
            if name == "docProps/core.xml":
                body = _STAMP.sub(rb"\g<1>" + moment + rb"\g<2>", body)
            info = zipfile.ZipInfo(name, _FIXED)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            target.writestr(info, body)
    return out.getvalue()
