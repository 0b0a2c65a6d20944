"""CSV: the control matrix, for spreadsheets and scripts."""

import csv
import io

from reports.model import Report
from reports.renderers.matrix import COLUMNS, harmless, rows


def render(report: Report) -> bytes:
    """UTF-8 with CR LF, as RFC 4180 has it; no cell is a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    writer.writerows(tuple(map(harmless, row)) for row in rows(report))
    return out.getvalue().encode()
