"""The rows of the control matrix, which CSV and XLSX write alike."""

from collections.abc import Iterator

from reports.model import Cell, Report, Support

COLUMNS = ("kind", "clause", "statement", "status", "number", "because", "entries", "digest of entries")
WIDTHS = (14, 26, 60, 20, 10, 60, 30, 20)

STARTS = ("=", "+", "-", "@", "\t", "\r", "|", "%")
"""What spreadsheets take for the beginning of a formula or a command."""


def rows(report: Report) -> Iterator[tuple[Cell, ...]]:
    """The headline, then every statement, then every gap."""
    yield ("headline", "", report.headline, report.header.verification.state, 0, "", "", "")
    for claim in report.claims:
        yield (
            "statement",
            claim.control,
            claim.text,
            claim.status,
            claim.support.count,
            claim.why,
            *_of(claim.support),
        )
    for gap in report.gaps:
        yield ("gap", gap.kind, gap.what, "", gap.count, gap.why, *_of(gap.support))


def harmless(cell: Cell) -> Cell:
    """A text that no spreadsheet runs: one that looks like a formula gets an apostrophe in front."""
    if isinstance(cell, str) and cell.lstrip(" \n\u00a0\ufffd").startswith(STARTS):
        return f"'{cell}"
    return cell


def _of(support: Support) -> tuple[str, str]:
    return " ".join(str(ref.index) for ref in support.refs), support.digest
