"""How far the evidence of a period goes towards a clause.

A status follows from records alone, by fixed rules:

* ``operator_must_supply``: the clause is about something that no record of ours can show. Records that bear
  on it are named all the same.
* ``not_covered``: nothing of what the catalogue names is in the period.
* ``partial``: some of it is; or the catalogue says that our part can be no more than partial; or the record
  has holes where the clause needs it whole.
* ``supports``: all of it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.catalogue import Catalogue, Control
from reports.context import Context
from reports.model import Claim, Section, Status, Support
from reports.tally import Tally

_HOLES = ("unmatched", "orphan", "undecodable")


@dataclass(frozen=True, slots=True)
class _Finding:
    """What the records say about one clause, before a status is drawn from it."""

    support: Support
    have: tuple[str, ...]
    lack: tuple[str, ...]


def judged(control: Control, context: Context) -> Claim:
    """The claim about one clause."""
    found = _found(control, context)
    status, why = _status(control, found, context)
    operator = f" The operator adds: {control.operator}" if control.operator else ""
    return Claim(
        id=f"{control.framework}-{control.edition}-{control.id}",
        text=f"{control.title}. {control.asks}",
        status=status,
        why=why + operator,
        control=control.name,
        support=found.support,
    )


def section_of(context: Context, catalogue: Catalogue, controls: Sequence[Control], title: str) -> Section:
    """The claims about some clauses of a catalogue."""
    claims = tuple(judged(control, context) for control in controls)
    review = (
        f"Mapping reviewed by {catalogue.reviewer}"
        if catalogue.status == "reviewed"
        else "Mapping not reviewed yet"
    )
    listed = "all ids" if catalogue.complete else "a part of the ids"
    said = f"{catalogue.title}, edition {catalogue.edition}. {review}; the edition's list holds {listed}."
    text = (said, catalogue.note) if catalogue.note else (said,)
    slug = "".join(letter if letter.isalnum() else "-" for letter in f"{catalogue.name}-{title}".lower())
    return Section(f"controls-{slug}", title, text, claims)


def matrix(context: Context, catalogue: Catalogue) -> Section:
    """The claims about every clause that a catalogue holds."""
    return section_of(context, catalogue, catalogue.controls, f"{catalogue.title}: clauses")


def holes(tally: Tally) -> Iterator[str]:
    """What is missing from the record, in words."""
    named = {"unmatched": "decisions without an outcome", "orphan": "outcomes without a decision"}
    for facet in _HOLES:
        number = sum(support.count for support in tally.of(facet).values())
        if number:
            yield f"{number} {named.get(facet, 'entries that are no records')}"
    if bypassed := tally.one("record", "bypass").count:
        yield f"{bypassed} bypass records"
    crashed = sum(1 for _ in tally.boots.unclosed())
    if crashed:
        yield f"{crashed} runs without a close record"


def _found(control: Control, context: Context) -> _Finding:
    tally = context.tally
    named = {f"record `{kind}`": tally.one("record", kind).count for kind in control.records}
    if control.rules:
        fired = sum(support.count for (rule,), support in tally.of("rule").items() if control.has_rule(rule))
        named[f"rules {', '.join(control.rules)}"] = fired or tally.one("control", control.name).count
    have = tuple(name for name, number in named.items() if number)
    lack = tuple(name for name, number in named.items() if not number)
    return _Finding(tally.one("clause", control.name), have, lack)


def _status(control: Control, found: _Finding, context: Context) -> tuple[Status, str]:
    if control.gives == "operator_must_supply":
        bearing = f" Records bear on it: {', '.join(found.have)}." if found.have else ""
        return "operator_must_supply", f"No record can show this.{bearing}"
    if not found.support.count:
        return _unfired(control, context)
    why = [f"In the period: {', '.join(found.have)}."]
    status: Status = control.gives
    if found.lack:
        status = "partial"
        why.append(f"Not in the period: {', '.join(found.lack)}.")
    if control.suites and not context.tally.one("record", "eval_run").count:
        status = "partial"
        why.append("No evaluation run is in the log.")
    if control.whole and (missing := list(holes(context.tally))):
        status = "partial"
        why.append(f"The record has holes: {', '.join(missing)}.")
    return status, " ".join(why)


def _unfired(control: Control, context: Context) -> tuple[Status, str]:
    """Rules that were in force and never fired are worth saying, but no record is behind them."""
    ready = sorted({rule for policy in context.in_force() for rule in policy.ids if control.has_rule(rule)})
    if ready:
        return "not_covered", f"In force, but fired for no exchange of the period: {', '.join(ready)}."
    needed = [*(f"record `{kind}`" for kind in control.records), *(f"rule {glob}" for glob in control.rules)]
    return "not_covered", f"Nothing of this is in the period: {', '.join(needed)}."
