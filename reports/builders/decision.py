"""One decision, explained: what was found, which rules spoke, what was enforced, what went over the wire."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.core.errors import ConfigError
from reports.context import Context
from reports.evidence import Entry
from reports.frame import framed, narrowed
from reports.model import Claim, Report, Row, Section, Support, Table
from reports.text import moment
from reports.trace import support_of

Record = Mapping[str, Any]


def build(context: Context) -> Report:
    """Everything that the log knows of one exchange.

    Raises:
        ConfigError: no exchange was named, or the log knows nothing of it.
    """
    if not context.exchange:
        raise ConfigError("name the decision: --decision ID, the value of the header x-lictor-decision-id")
    entries = [entry for entry in context.evidence.entries() if entry.exchange == context.exchange]
    if not entries:
        first = context.evidence.verified.pruned
        gone = f"; entries below {first} were pruned at the end of their time" if first else ""
        raise ConfigError(f"the log knows nothing of {context.exchange}{gone}")
    sections = (_summary(context.exchange, entries), *(_record(entry) for entry in entries))
    return framed(narrowed(context, ()), "decision", f"Decision {context.exchange}", sections)


def _summary(exchange: str, entries: list[Entry]) -> Section:
    kinds = {entry.type for entry in entries}
    support = support_of(entries)
    whole = "outcome" in kinds or "refused" in kinds
    claims = (
        Claim(
            "explained",
            "What led to the decision is on record: findings, checks that ran and that did not, rules"
            " with reasons.",
            "supports" if "decision" in kinds else "partial",
            "" if "decision" in kinds else "The request was refused before it could be judged.",
            support=support,
        ),
        Claim(
            "ended",
            "How the exchange ended is on record.",
            "supports" if whole else "not_covered",
            "" if whole else "There is no outcome: the process or machine stopped in between.",
            support=support_of(entry for entry in entries if entry.type in {"outcome", "refused"}),
        ),
    )
    text = ("The texts themselves are not in the log: places are given as pointers and offsets into them.",)
    return Section("summary", f"Exchange {exchange}", text, claims)


def _record(entry: Entry) -> Section:
    record, support = entry.record, support_of([entry])
    tables = tuple(table for table in _tables(record, support) if table.rows)
    title = {"decision": "Before the provider", "outcome": "What went over the wire"}.get(
        entry.type, entry.type
    )
    return Section(
        f"entry-{entry.index}", f"{title}: entry {entry.index}", (moment(entry.ts),), (), (), tables
    )


def _tables(record: Record, support: Support) -> Iterator[Table]:
    judged = record.get("decision") or {}
    yield Table("Record", ("field", "value"), tuple(Row(pair, support) for pair in _scalars(record)))
    yield _grid(
        "Rules that spoke", ("rule", "effect", "reason", "fail", "controls", "findings"), judged, "verdicts"
    )
    yield _grid("Obligations", ("effect", "rule", "findings", "params"), judged, "obligations")
    yield _grid(
        "Findings",
        ("id", "category", "label", "score", "detector", "version", "segment", "start", "end"),
        record,
        "findings",
    )
    yield _grid("Checks", ("state", "detectors", "segments", "reason"), record, "coverage")
    yield _grid("Segments", ("id", "role", "kind", "pointer", "length"), record, "segments")


def _grid(title: str, columns: tuple[str, ...], holder: Record, name: str) -> Table:
    """A list of objects as a table."""
    items = [item for item in holder.get(name) or () if isinstance(item, dict)]
    return Table(
        title, columns, tuple(Row(tuple(_cell(item.get(column, "")) for column in columns)) for item in items)
    )


def _scalars(record: Record) -> Iterator[tuple[str, str | int]]:
    for name in ("type", "exchange", "endpoint", "dialect", "model", "route", "stream", "status", "code"):
        if name in record:
            yield name, _cell(record[name])
    for holder in ("caller", "decision", "outcome"):
        found = record.get(holder)
        for name, value in found.items() if isinstance(found, dict) else ():
            if isinstance(value, str | int):
                yield f"{holder} {name}", _cell(value)


def _cell(value: object) -> str | int:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int):
        return value
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return (
        ", ".join(f"{name}={item}" for name, item in value.items()) if isinstance(value, dict) else str(value)
    )
