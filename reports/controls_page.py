"""The catalogues, told: on a terminal, as JSON, and as the page ``docs/reference/controls.md``."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from reports.catalogue import ARTEFACTS, Catalogue, Control

HEAD = """\
# Controls

Written by `lictor report controls --markdown`; the data is in [reports/controls](../../reports/controls).

Which clauses of which frameworks Lictor's records can speak to. The words are ours and no substitute for a
framework's text. *Gives* is how far records can go at best; what a report says about a period depends on
the records in it.

"""


def told(catalogues: Sequence[Catalogue]) -> str:
    """One line a clause."""
    return "".join(f"{line}\n" for catalogue in catalogues for line in _lines(catalogue))


def as_objects(catalogues: Sequence[Catalogue]) -> str:
    """Everything, as a JSON array."""
    return json.dumps([asdict(catalogue) for catalogue in catalogues], indent=1, ensure_ascii=False) + "\n"


def page(catalogues: Sequence[Catalogue]) -> str:
    """The page, in Markdown."""
    kinds = ", ".join(f"{short} {name}" for short, name in ARTEFACTS.items())
    return HEAD + f"Artefacts: {kinds}.\n" + "".join(map(_section, catalogues))


def _lines(catalogue: Catalogue) -> Iterator[str]:
    yield f"{catalogue.name}  {catalogue.title} ({catalogue.status}, {len(catalogue.unmapped)} ids unmapped)"
    for control in catalogue.controls:
        yield f"  {control.id:<24} {control.gives:<21} {_evidence(control)}"


def _section(catalogue: Catalogue) -> str:
    whole = "all ids of the edition" if catalogue.complete else "a part of the edition's ids"
    about = (
        f"`{catalogue.name}` · [source]({catalogue.source})",
        f"{catalogue.status}, reviewed by {catalogue.reviewer}",
        f"{len(catalogue.controls)} clauses mapped",
        f"the list holds {whole} ({len(catalogue.ids)})",
    )
    note = f"\n{' '.join(catalogue.note.split())}\n" if catalogue.note else ""
    head = f"\n## {catalogue.title}, edition {catalogue.edition}\n\n{' · '.join(about)}\n"
    columns = "\n| id | asks | gives | evidence | operator adds |\n|---|---|---|---|---|\n"
    return head + note + columns + "".join(map(_row, catalogue.controls))


def _row(control: Control) -> str:
    asks = f"**{control.title}.** {control.asks}"
    gives = f"{control.gives.replace('_', ' ')} ({', '.join(control.artefacts)}; {control.basis})"
    return f"| `{control.id}` | {asks} | {gives} | {_evidence(control)} | {control.operator} |\n"


def _evidence(control: Control) -> str:
    parts = []
    if control.rules:
        parts.append(f"rules {', '.join(f'`{rule}`' for rule in control.rules)}")
    if control.records:
        parts.append(f"records {', '.join(control.records)}")
    if control.suites:
        parts.append(f"suites {', '.join(f'`{suite}`' for suite in control.suites)}")
    return "; ".join(parts)
