"""GDPR Article 30: the record of processing, as declared and as observed."""

from collections.abc import Mapping

from reports.context import Context
from reports.frame import framed, narrowed
from reports.judge import matrix
from reports.model import Report, Row, Section, Support, Table
from reports.tables import capped, ranked, table

EDITIONS = (("gdpr", "2016"),)

_DECLARED = {
    "controller": "30(1)(a) Controller and contact",
    "representative": "30(1)(a) Representative",
    "officer": "30(1)(a) Data protection officer",
    "subjects": "30(1)(c) Categories of persons",
    "erasure": "30(1)(f) Time limits for erasure",
    "measures": "30(1)(g) Measures outside of the gateway",
}
MISSING = "operator must supply"


def build(context: Context) -> Report:
    """Who and why by declaration of the operator; which data went where by the log."""
    catalogue = context.catalogue(*EDITIONS[0])
    small = narrowed(context, [catalogue])
    sections = (_declared(small), _observed(small), matrix(small, catalogue))
    return framed(small, "gdpr-art30", "GDPR Article 30, record of processing", sections)


def observed(context: Context) -> Table:
    """Personal data that detectors found, by tenant, side and upstream."""
    rows = [
        Row((*_filled(key, 4, "(nobody: it was stopped)"), support.count), support)
        for key, support in ranked(context.tally.of("personal"))
    ]
    columns = ("tenant", "kind of data", "found in", "went to", "records")
    note = "What no detector looks for, or was not run on, is not here; see the gaps."
    return capped("Kinds of personal data observed", columns, rows, note)


def _declared(context: Context) -> Section:
    """What no log can know."""
    rows = tuple(Row((title, str(context.operator.get(name, MISSING)))) for name, title in _DECLARED.items())
    purposes = _lookup(context, "purposes")
    tenants = sorted({key[0] for key in context.tally.of("tenant")} | purposes.keys())
    by_tenant = tuple(Row((tenant, purposes.get(tenant, MISSING))) for tenant in tenants)
    text = (
        "Declared by the operator, in the file given with --operator. Nothing of it is evidenced by the log.",
    )
    tables = (
        Table("Declared", ("item", "declaration"), rows),
        Table("30(1)(b) Purposes, by tenant", ("tenant", "purpose"), by_tenant),
    )
    return Section("declared", "Declared by the operator", text, (), (), tables)


def _observed(context: Context) -> Section:
    countries = _lookup(context, "countries")
    recipients = [
        Row((*_filled(key, 2, "(nobody)"), countries.get(key[-1], MISSING), support.count), support)
        for key, support in ranked(context.tally.of("recipient"))
    ]
    tables = (
        observed(context),
        capped(
            "30(1)(d) and (e) Recipients, by tenant",
            ("tenant", "upstream", "country and safeguards", "records"),
            recipients,
        ),
        table("What rules did with personal data", ("rule", "effect"), _personal_rules(context)),
        table("Restored for the caller", ("label",), context.tally.of("restored")),
    )
    text = (
        (
            "Kinds of data and recipients as the log shows them. Countries are declared: the log names "
            "upstreams."
        ),
    )
    return Section("observed", "Observed in the period", text, (), (), tables)


def _personal_rules(context: Context) -> Mapping[tuple[str, ...], Support]:
    return {
        key: support for key, support in context.tally.of("rule_effect").items() if key[0].startswith("pii.")
    }


def _filled(key: tuple[str, ...], wide: int, last: str) -> tuple[str, ...]:
    """The parts of a key, of which the counted rest of a facet has one only."""
    parts = (*key, *([""] * (wide - len(key))))
    return (*parts[:-1], parts[-1] or last)


def _lookup(context: Context, name: str) -> dict[str, str]:
    found = context.operator.get(name)
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else {}
