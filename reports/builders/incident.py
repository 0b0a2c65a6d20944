"""An incident: a frozen range of the log, and everything in it in order."""

from collections.abc import Iterator, Mapping
from typing import Any

from reports.context import Context
from reports.evidence import Entry, Evidence
from reports.frame import framed, narrowed
from reports.model import Claim, Report, Row, Section, Table
from reports.tables import RULES, TENANTS, crossed, over_time, table
from reports.text import moment
from reports.trace import Trace, support_of

MOST = 2000
"""Rows that the timeline shows."""


def build(context: Context) -> Report:
    """What happened when; narrow the period with --from and --to."""
    section = _timeline(context.evidence)
    tally = context.tally
    chart, days = over_time("Exchanges, by answer", tally)
    figures = (
        days,
        crossed("Tenants by answer", tally, TENANTS),
        crossed("Rules that spoke, by effect", tally, RULES),
        table("Refused requests", ("code",), tally.of("refused")),
    )
    summary = Section("figures", "Figures of the range", (), (), (chart,), figures)
    return framed(narrowed(context, ()), "incident", "Incident report", (section, summary))


def _timeline(evidence: Evidence) -> Section:
    trace, first, last = Trace(), -1, -1
    rows: list[Row] = []
    for entry in evidence.entries():
        if not entry.inside:
            continue
        trace.add(entry)
        first, last = (entry.index if first < 0 else first), entry.index
        if len(rows) < MOST:
            rows.append(Row((moment(entry.ts), entry.index, entry.type, *_told(entry)), support_of([entry])))
    left = f"{trace.count - len(rows)} more entries are left out." if trace.count > len(rows) else ""
    columns = ("time", "entry", "record", "exchange", "tenant", "what")
    claim = Claim(
        "frozen",
        f"Entries {first} to {last} are frozen: the digest covers them all, and each can be proven alone.",
        "supports" if trace.count else "not_covered",
        "" if trace.count else "There is no entry in this range.",
        support=trace.support,
    )
    text = (
        "Times are the clocks of the recording machines; between runs, order is the order of publishing.",
    )
    return Section(
        "timeline",
        "Timeline",
        text,
        (claim,),
        (),
        (Table("Entries in log order", columns, tuple(rows), left),),
    )


def _told(entry: Entry) -> tuple[str, str, str]:
    caller = entry.record.get("caller")
    tenant = str(caller.get("tenant", "")) if isinstance(caller, dict) else ""
    return entry.exchange, tenant, "; ".join(_words(entry.record))


def _words(record: Mapping[str, Any]) -> Iterator[str]:
    judged = record.get("decision")
    if isinstance(judged, dict):
        rules = ", ".join(str(verdict.get("rule")) for verdict in judged.get("verdicts", ()))
        yield f"{judged.get('phase')}: {judged.get('answer')}" + (f" by {rules}" if rules else "")
    outcome = record.get("outcome")
    if isinstance(outcome, dict):
        code = f" {outcome['code']}" if "code" in outcome else ""
        yield f"HTTP {outcome.get('status')} {outcome.get('ending')}{code}"
    for name in ("code", "reason", "revision", "previous", "records"):
        if name in record:
            yield f"{name} {record[name]}"
