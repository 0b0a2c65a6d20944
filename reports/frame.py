"""What every report has: a header, a section on the log's integrity, and its gaps."""

import shlex
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version

from gateway.audit.report import Report as Verified
from reports.catalogue import Catalogue
from reports.context import Context
from reports.gaps import gaps
from reports.model import Claim, Header, Input, Report, Row, Section, Table, Verification, sealed
from reports.pruned import pruned_table
from reports.tables import table
from reports.text import moment

MOST_PROBLEMS = 50


def framed(context: Context, kind: str, title: str, sections: Iterable[Section]) -> Report:
    """The whole report. On a log that failed verification no claim stands."""
    header = _header(context, kind, title)
    body = (_integrity(context), *sections)
    if header.verification.state == "failed":
        body = tuple(replace(section, claims=tuple(map(_fallen, section.claims))) for section in body)
    return sealed(Report(_headline(header.verification), header, body, gaps(context)))


def narrowed(context: Context, catalogues: Iterable[Catalogue]) -> Context:
    """A context that knows only these catalogues, so that gaps speak of no others."""
    return replace(context, catalogues=tuple(catalogues))


def _headline(verified: Verification) -> str:
    if verified.state == "failed":
        return (
            f"NOT VERIFIED: the log failed verification ({len(verified.problems)} problems). "
            "Nothing in this report is evidence; it shows what the altered files say."
        )
    key = "the key given" if verified.key_supplied else "the key found BESIDE the log, which proves less"
    gone = f" (entries below {verified.pruned} were pruned, as the log says)" if verified.pruned else ""
    return f"Verified: {verified.size} entries of {verified.origin} are what was signed{gone}, by {key}."


def _header(context: Context, kind: str, title: str) -> Header:
    evidence, verified = context.evidence, context.evidence.verified
    period = evidence.period
    dated = context.epoch * 1000 if context.epoch is not None else verified.last_ms
    epoch = f"SOURCE_DATE_EPOCH={context.epoch} " if context.epoch is not None else ""
    return Header(
        kind=kind,
        title=title,
        verification=_verification(verified),
        period_from=moment(period.from_ms or verified.first_ms),
        period_to=moment(period.to_ms or verified.last_ms),
        first_index=evidence.first,
        end_index=evidence.end,
        dated=moment(dated),
        generator=f"lictor {_version()}",
        inputs=_inputs(context),
        verify=f"lictor audit verify LOG --key {shlex.quote(verified.vkey)}",
        reproduce=f"{epoch}lictor report {kind} --log LOG{context.arguments}",
    )


def _verification(verified: Verified) -> Verification:
    return Verification(
        state="verified" if verified.ok else "failed",
        origin=verified.origin,
        size=verified.size,
        root=verified.root,
        key=verified.vkey,
        key_supplied=verified.key_supplied,
        problems=tuple(map(str, verified.problems[:MOST_PROBLEMS])),
        warnings=tuple(map(str, verified.warnings[:MOST_PROBLEMS])),
        pending=verified.pending,
        pruned=verified.pruned,
    )


def _inputs(context: Context) -> tuple[Input, ...]:
    verified = context.evidence.verified
    log = Input(
        f"audit log {verified.origin}, {verified.size} entries: root of the tree", f"sha256:{verified.root}"
    )
    catalogues = (Input(f"catalogue {item.name}", f"sha256:{item.digest}") for item in context.catalogues)
    policies = (Input(f"policy bundle {item.name}", item.revision) for item in context.policies)
    return (log, *policies, *catalogues, *context.inputs)


def _integrity(context: Context) -> Section:
    tally, verified = context.tally, context.evidence.verified
    everything = tally.one("clause", "*")
    claim = Claim(
        "log-intact",
        "Every entry of the period is in the log that the key's holder signed, unchanged and in its place.",
        "supports" if verified.ok and everything.count else "not_covered",
        "Root recomputed from the entries, signature checked, numbers of each run without gaps."
        if verified.ok
        else "; ".join(map(str, verified.problems[:5])) or "There is no entry in the period.",
        support=everything,
    )
    text = (
        (
            "What this shows is that records were not altered since they were signed. It does not show "
            "that the key's holder is honest, that clocks were right, or that anything happened which was"
            " not recorded."
        ),
    )
    kinds = table("Records of the period by type", ("type",), tally.of("record"))
    tables = (kinds, _boots(context), pruned_table(context))
    return Section("integrity", "Integrity of the evidence", text, (claim,), (), tables)


def _boots(context: Context) -> Table:
    rows = tuple(
        Row(
            (
                node,
                name,
                moment(boot.first.ts) if boot.whole else f"before {moment(boot.first.ts)}",
                moment(boot.last_ms),
                "closed" if boot.closed else "NOT CLOSED",
            ),
            boot.trace.support,
        )
        for node, name, boot in context.tally.boots.all()
    )
    columns = ("node", "run", "from", "last record", "end")
    return Table(
        "Runs of recording processes",
        columns,
        rows[:200],
        "Of the whole log, not only of the period; “before” says that its first records were pruned.",
    )


def _fallen(claim: Claim) -> Claim:
    if claim.status in {"supports", "partial"}:
        return replace(claim, status="not_covered", why=f"The log failed verification. {claim.why}")
    return claim


def _version() -> str:
    try:
        return version("lictor")
    except PackageNotFoundError:
        return "(not installed)"
