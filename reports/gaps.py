"""What is not evidenced. First-class rows: a report that shows only what went well shows nothing."""

from collections.abc import Iterator

from gateway.audit.anchored import SECOND
from reports.context import Context
from reports.kinds import EXPECTED, WRITTEN
from reports.model import Gap
from reports.pruned import pruned_gaps
from reports.tally import Tally
from reports.text import moment
from reports.trace import support_of

MOST_SILENCES = 50

_SILENT = "The log says nothing about this time."


def gaps(context: Context) -> tuple[Gap, ...]:
    """Every gap of the period, the gravest kinds first."""
    return tuple(
        gap
        for source in (
            _verification,
            pruned_gaps,
            _exchanges,
            _boots,
            _silences,
            _checks,
            _policy,
            _records,
            _bounds,
            _clauses,
        )
        for gap in source(context)
    )


def _verification(context: Context) -> Iterator[Gap]:
    verified = context.evidence.verified
    if verified.problems:
        why = "; ".join(str(problem) for problem in verified.problems[:10])
        yield Gap("failed_verification", "The log failed verification", len(verified.problems), why)
    if not verified.key_supplied:
        why = "Whoever can rewrite the log can rewrite the key beside it: pass --key."
        yield Gap("key_beside_the_log", "The log was verified with the key that lies beside it", 1, why)
    told = ("has no outcome", "has no close record")  # each has a row of its own
    others = [str(item) for item in verified.warnings if not any(words in item.message for words in told)]
    if others:
        yield Gap("warnings", "Warnings of the verification", len(others), "; ".join(others[:10]))
    if all(anchor.kind == SECOND for anchor in verified.anchors):
        why = (
            "Its key can sign another history; audit verify --policy, --tsa or --known shows what others saw."
        )
        yield Gap("not_anchored", "Entries that only the log's keeper vouches for here", verified.size, why)
    if verified.pending:
        why = "Durable, but under no signature yet; not in this report."
        yield Gap("waiting", "Records that wait to be published", verified.pending, why)


def _exchanges(context: Context) -> Iterator[Gap]:
    tally = context.tally
    rows = (
        (
            "unmatched_decision",
            "unmatched",
            "Decisions without an outcome",
            "The process or machine stopped in between.",
        ),
        ("orphan_outcome", "orphan", "Outcomes without a decision", "Their decision is not in the log."),
        (
            "pruned_decision",
            "pruned_decision",
            "Outcomes of runs whose beginning was pruned, without a decision",
            "Their decision was pruned, or never was in the log.",
        ),
        (
            "unmeasured",
            "unmeasured",
            "Answered exchanges without token counts",
            "The upstream reported no usage.",
        ),
    )
    for kind, facet, what, why in rows:
        yield from _all(tally, facet, kind, what, why)
    bypassed = tally.one("record", "bypass")
    if bypassed.count:
        yield Gap(
            "bypass", "Bypass records", bypassed.count, "Exchanges went on without being recorded.", bypassed
        )
    for answer, what in (("error_open", "passed"), ("error_closed", "were stopped")):
        for phase in ("request", "response"):
            support = tally.one("answer", phase, answer)
            if support.count:
                said = f"{phase.capitalize()}s that {what} because a check could not run"
                yield Gap(answer, said, support.count, "By the fail mode that the rule declares.", support)


def _boots(context: Context) -> Iterator[Gap]:
    for node, name, boot in context.tally.boots.unclosed():
        why = f"Last record at {moment(boot.last_ms)}: running when the log was read, or crashed."
        yield Gap("unclosed_boot", f"Run {name} of {node} has no close record", 1, why, boot.trace.support)
    for node, name, boot in context.tally.boots.all():
        if boot.after_failure:
            why = f"Run {boot.after_failure} ended because a record could not be written."
            support = support_of([boot.first])
            yield Gap("failed_boot", f"Run {name} of {node} follows one that failed", 1, why, support)


def _silences(context: Context) -> Iterator[Gap]:
    period = context.evidence.period
    inside = [
        silence
        for silence in context.tally.boots.silences()
        if silence.to_ms > period.from_ms and not (period.to_ms and silence.from_ms >= period.to_ms)
    ]
    for silence in inside[:MOST_SILENCES]:
        what = f"Nobody was recording from {moment(silence.from_ms)} to {moment(silence.to_ms)}"
        yield Gap("silence", what, 1, "No exchange in this time can be shown, nor that there was none.")
    if len(inside) > MOST_SILENCES:
        yield Gap("silence", "Further times in which nobody was recording", len(inside) - MOST_SILENCES)


def _checks(context: Context) -> Iterator[Gap]:
    for (state, detector, reason), support in context.tally.of("uncovered").items():
        name = "Every detector" if detector == "*" else f"Detector {detector}"
        yield Gap(f"coverage_{state}", f"{name} on some segments: {state}", support.count, reason, support)


def _policy(context: Context) -> Iterator[Gap]:
    tally = context.tally
    shadow = tally.one("mode", "shadow")
    if shadow.count:
        yield Gap(
            "shadow", "Records judged in shadow mode", shadow.count, "Nothing was enforced on them.", shadow
        )
    for (revision, accepted), support in tally.of("bundle").items():
        if accepted == "rejected":
            yield Gap("rejected_bundle", f"Policy bundle rejected: {revision}", support.count, "", support)
    at_hand = {policy.revision for policy in context.policies}
    for (revision,), support in tally.of("revision").items():
        if revision not in at_hand:
            why = "Its rules are known by digest only: pass --policy."
            yield Gap("bundle_not_at_hand", f"Policy revision {revision}", support.count, why, support)


def _records(context: Context) -> Iterator[Gap]:
    tally = context.tally
    yield from _all(
        tally, "undecodable", "undecodable", "Entries that are no records", "Altered, or of a later version."
    )
    for (kind,), support in tally.of("unknown_type").items():
        why = "Counted, not understood: written by a later version?"
        yield Gap("unknown_record", f"Records of type {kind}", support.count, why, support)
    yield from _all(
        tally, "truncated", "truncated", "Records that were cut to fit", "They say how much was left out."
    )
    yield from _all(
        tally, "refused", "refused", "Malformed requests that were refused", "They reached no decision."
    )
    yield from _all(tally, "carried_over", "carried_over", "Outcomes of decisions before the period", "")
    for kind, why in EXPECTED.items():
        if not tally.one("record", kind).count:
            yield Gap("no_record", f"Records of type {kind}: none", 0, f"{why[0].upper()}{why[1:]}.")
    for kind in sorted(WRITTEN - {"refused", "close"}):
        if not tally.one("record", kind).count:
            yield Gap("no_record", f"Records of type {kind}: none in the period", 0)


def _bounds(context: Context) -> Iterator[Gap]:
    period, verified = context.evidence.period, context.evidence.verified
    if period.from_ms and verified.first_ms and period.from_ms < verified.first_ms:
        what = f"From {moment(period.from_ms)} to {moment(verified.first_ms)}: before the first record"
        why = "What the log said about this time was pruned." if verified.pruned else _SILENT
        yield Gap("unverifiable_period", what, 1, why)
    if period.to_ms and period.to_ms > verified.last_ms:
        what = f"From {moment(verified.last_ms)} to {moment(period.to_ms)}: after the newest signed record"
        yield Gap("unverifiable_period", what, 1, _SILENT)


def _clauses(context: Context) -> Iterator[Gap]:
    for catalogue in context.catalogues:
        if catalogue.unmapped:
            listed = ", ".join(catalogue.unmapped[:40]) + (", …" if len(catalogue.unmapped) > 40 else "")
            what = f"{catalogue.title} {catalogue.edition}: clauses that the catalogue says nothing about"
            yield Gap("uncovered_clause", what, len(catalogue.unmapped), listed)


def _all(tally: Tally, facet: str, kind: str, what: str, why: str) -> Iterator[Gap]:
    """One row for each key of a facet."""
    for key, support in tally.of(facet).items():
        yield Gap(kind, _with(what, key), support.count, why, support)


def _with(what: str, key: tuple[str, ...]) -> str:
    said = ", ".join(part for part in key if part)
    return f"{what}: {said}" if said else what
