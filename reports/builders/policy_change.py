"""Policy changes: what was loaded, what was rejected, who approved, and what decided before and after."""

from collections.abc import Iterator

from reports.builders.revisions import revisions
from reports.context import Context
from reports.evidence import Entry
from reports.frame import framed, narrowed
from reports.model import Claim, Report, Row, Section, Status, Table
from reports.tables import capped
from reports.text import moment
from reports.trace import support_of

KINDS = ("bundle", "approval", "shadow", "gate")


def build(context: Context) -> Report:
    """The life of the policy in the period."""
    changes = [entry for entry in context.evidence.entries() if entry.inside and entry.type in KINDS]
    sections = (_history(context, changes), _rules(context))
    return framed(narrowed(context, ()), "policy-change", "Policy change report", sections)


def _history(context: Context, changes: list[Entry]) -> Section:
    claims = tuple(_claims(changes))
    rows = [Row((moment(entry.ts), entry.type, *_told(entry)), support_of([entry])) for entry in changes]
    events = capped(
        "Changes, in log order", ("time", "record", "revision", "before", "accepted", "reason"), rows
    )
    return Section("changes", "Changes", (), claims, (), (events, *revisions(context)))


def _claims(changes: list[Entry]) -> Iterator[Claim]:
    loaded = [entry for entry in changes if entry.type == "bundle" and entry.record.get("accepted") is True]
    approved = support_of(entry for entry in changes if entry.type == "approval")
    support = support_of(loaded)
    yield Claim(
        "changes-recorded",
        "Every policy that was loaded is named by its digest and by the one before it.",
        "supports" if support.count else "not_covered",
        "" if support.count else "No bundle was loaded in the period.",
        support=support,
    )
    status: Status = "partial" if approved.count else "operator_must_supply"
    why = (
        "Approvals are recorded; whether each change had one is for the reader to match."
        if approved.count
        else ""
    )
    why = why or "No approval is recorded in the log: show who approved each change."
    yield Claim("changes-approved", "Changes were approved by somebody.", status, why, support=approved)


def _told(entry: Entry) -> tuple[str, str, str, str]:
    record = entry.record
    accepted = record.get("accepted", "")
    return (
        str(record.get("revision", "")),
        str(record.get("previous", "")) or "(none)",
        {True: "accepted", False: "REJECTED"}.get(accepted, "") if isinstance(accepted, bool) else "",
        str(record.get("reason", "")),
    )


def _rules(context: Context) -> Section:
    """Rules of the bundles at hand, and whether they spoke."""
    tables = []
    for policy in context.policies:
        rows = tuple(
            Row(
                (rule, ", ".join(controls) or "(none)", context.tally.one("rule", rule).count),
                context.tally.one("rule", rule),
            )
            for rule, controls in policy.rules
        )
        columns = ("rule", "clauses that it names", "records")
        tables.append(Table(f"Rules of {policy.name} ({policy.revision})", columns, rows))
    text = ("Counts are of rule ids in the whole period, whichever revision they came from.",)
    return Section("rules", "Rules at hand", text, (), (), tuple(tables))
