"""Evaluation runs and release gates, when there are any; if there are none, that is what the report says."""

from reports.context import Context
from reports.evidence import Entry
from reports.frame import framed, narrowed
from reports.model import Claim, Report, Row, Section
from reports.tables import capped
from reports.text import moment
from reports.trace import support_of

KINDS = {"eval_run": "An evaluation was run.", "gate": "A release gate gave a verdict."}


def build(context: Context) -> Report:
    """What the log holds of evaluations: that they ran and what a gate said. Scores lie elsewhere."""
    entries = [entry for entry in context.evidence.entries() if entry.inside and entry.type in KINDS]
    claims = tuple(_claim(kind, [entry for entry in entries if entry.type == kind]) for kind in KINDS)
    rows = [Row((moment(entry.ts), entry.type, _told(entry)), support_of([entry])) for entry in entries]
    text = () if entries else ("The log holds no evaluation run and no gate in this period.",)
    figures = capped("Runs and gates, in log order", ("time", "record", "fields"), rows)
    section = Section("evals", "Evaluations and gates", text, claims, (), (figures,))
    return framed(narrowed(context, ()), "evals", "Evaluation and gate report", (section,))


def _claim(kind: str, entries: list[Entry]) -> Claim:
    support = support_of(entries)
    why = "Recorded; its result is what the record says." if entries else f"There is no `{kind}` record."
    return Claim(kind, KINDS[kind], "supports" if entries else "not_covered", why, "", support)


def _told(entry: Entry) -> str:
    common = {"v", "node", "boot", "seq", "ts", "type"}
    return ", ".join(f"{name}={value}" for name, value in sorted(entry.record.items()) if name not in common)
