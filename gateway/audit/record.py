"""Records: what the log keeps of an exchange. Pure builders, free of content.

Numbers from outside (detectors, upstreams) are made integers here, since ``encode_trusted`` relies
on it. Texts appear as lengths, scores as integers per mille, and everything that a caller can name
(models, tools, pointers) is capped. What is empty is left out. Schema: ``docs/spec/audit-log.md``.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from gateway.core.decision import Decision, Obligation, Verdict
from gateway.core.exchange import Caller, Destination, Exchange, Outcome
from gateway.core.finding import Coverage, Finding, State, per_mille
from gateway.core.segment import Segment

Record = dict[str, Any]

NAME_CAP = 128
"""Longest model, tool, parameter or attribute name kept, in characters."""

POINTER_CAP = 256
REASON_CAP = 512

_EVERY = ("*",)


class Seen(NamedTuple):
    """What policy saw beside what was judged: with it, a record can be judged again."""

    after_ms: int = 0
    """Milliseconds from arrival to the question: policy's time is that of arrival and so much more."""

    installed: Sequence[str] = ()
    """Detectors that the plan could choose from."""

    status: int = 0
    """The upstream's HTTP status; in the response phase."""

    finish: str = ""
    """The model's finish reason at that moment; in the response phase."""


UNSEEN = Seen()

# `_value_` below is the documented plain attribute of an enum member; `.value` costs ten times more.


def decision_record(  # noqa: PLR0913
    exchange: Exchange,
    decision: Decision,
    segments: Sequence[Segment],
    findings: Iterable[Finding],
    coverage: Iterable[Coverage],
    *,
    seen: Seen,
    body_commit: str,
    rewritten: bool,
    digests: Mapping[str, str] | None = None,
) -> Record:
    """What was decided before anything went upstream.

    Args:
        exchange: the call.
        decision: the request phase's answer.
        segments: what was judged; only lengths and places are kept.
        findings: what detectors reported.
        coverage: what ran and what did not.
        seen: what else policy saw.
        body_commit: keyed commitment to the body.
        rewritten: whether the body was changed before it was forwarded.
        digests: keyed digests by segment id, where the deployment wants them.
    """
    record = _call(exchange)
    record["type"] = "decision"
    record["decision_ms"] = int(seen.after_ms)
    record["installed"] = seen.installed
    record["body_commit"] = body_commit
    record["rewritten"] = rewritten
    if decision.phase == "response":
        record["seen"] = _seen(seen)
    _judged(record, decision, segments, findings, coverage, digests or {})
    return record


def outcome_record(  # noqa: PLR0913, PLR0917
    exchange: Exchange,
    outcome: Outcome,
    decision: Decision | None,
    segments: Sequence[Segment],
    findings: Iterable[Finding],
    coverage: Iterable[Coverage],
    *,
    body_commit: str = "",
    seen: Seen | None = None,
    digests: Mapping[str, str] | None = None,
) -> Record:
    """What really went over the wire, with the response phase's decision if there was one."""
    record = {
        "type": "outcome",
        "exchange": exchange.id,
        "endpoint": exchange.endpoint,
        "dialect": exchange.dialect,
        "model": exchange.model[:NAME_CAP],
        "caller": _caller(exchange.caller),
        "outcome": _outcome(outcome),
    }
    if body_commit:
        record["body_commit"] = body_commit
    if decision is not None:
        record["seen"] = _seen(seen or UNSEEN)
        _judged(record, decision, segments, findings, coverage, digests or {})
    return record


def refused_record(  # noqa: PLR0913
    exchange_id: str,
    *,
    endpoint: str,
    dialect: str,
    status: int,
    code: str,
    caller: Caller,
    received_ms: int,
) -> Record:
    """A malformed request that never reached a decision."""
    return {
        "type": "refused",
        "exchange": exchange_id,
        "endpoint": endpoint,
        "dialect": dialect,
        "status": status,
        "code": code,
        "caller": _caller(caller),
        "received_ms": received_ms,
    }


def bundle_record(  # noqa: PLR0913
    revision: str,
    previous: str,
    accepted: bool,  # noqa: FBT001
    reason: str,
    *,
    source: str = "",
    key: str = "",
) -> Record:
    """A policy bundle that was loaded, reloaded or rejected.

    Args:
        revision: the revision in force now.
        previous: the one before.
        accepted: False when a bundle was refused, or could not be had.
        reason: why.
        source: where the bundle is from: a path or an address.
        key: id of the key whose signature vouches for the revision in force.
    """
    record: Record = {
        "type": "bundle",
        "revision": revision,
        "previous": previous,
        "accepted": accepted,
        "reason": reason[:REASON_CAP],
    }
    if source:
        record["source"] = source[:POINTER_CAP]
    if key:
        record["key"] = key[:NAME_CAP]
    return record


def judge_record(  # noqa: PLR0913
    exchange_id: str,
    *,
    detector: str,
    segment: str,
    upstream: str,
    model: str,
    verdict: str,
    micros: int,
    input_tokens: int | None = None,
    output_tokens: int | None = None,
    fault: str = "",
) -> Record:
    """A model that a detector asked about a segment of an exchange, and what came of it."""
    record: Record = {
        "type": "judge",
        "exchange": exchange_id,
        "detector": detector,
        "segment": segment,
        "upstream": upstream,
        "model": model[:NAME_CAP],
        "verdict": verdict,
        "micros": int(micros),
    }
    tokens = {"input_tokens": input_tokens, "output_tokens": output_tokens}
    record |= {name: int(value) for name, value in tokens.items() if value is not None}
    if fault:
        record["fault"] = fault[:NAME_CAP]
    return record


def _call(exchange: Exchange) -> Record:
    record: Record = {
        "exchange": exchange.id,
        "endpoint": exchange.endpoint,
        "dialect": exchange.dialect,
        "route": exchange.route,
        "model": exchange.model[:NAME_CAP],
        "stream": exchange.stream,
        "caller": _caller(exchange.caller),
        "received_ms": exchange.received_ms,
        "bytes": exchange.body_bytes,
    }
    if exchange.destinations:
        record |= _destinations(exchange.destinations)
    if exchange.tools:
        record["tools"] = [name[:NAME_CAP] for name in exchange.tools]
    if exchange.parameters:
        record |= _parameters(exchange.parameters)
    return record


def _seen(seen: Seen) -> Record:
    record: Record = {"after_ms": int(seen.after_ms), "status": int(seen.status)}
    if seen.finish:
        record["finish"] = seen.finish[:NAME_CAP]
    return record


def _destinations(destinations: Sequence[Destination]) -> Record:
    """Names, and beside them what else policy sees of each, in the same order."""
    record: Record = {
        "destinations": [destination.name for destination in destinations],
        "dialects": [destination.dialect for destination in destinations],
    }
    if any(destination.labels for destination in destinations):
        record["labels"] = [_texts(destination.labels) for destination in destinations]
    return record


def _texts(texts: Mapping[str, str]) -> Record:
    return {_name(name): value[:POINTER_CAP] for name, value in texts.items()}


def _caller(caller: Caller) -> Record:
    record: Record = {"tenant": caller.tenant}
    if caller.key:
        record["key"] = caller.key
    if caller.app:
        record["app"] = caller.app
    if caller.roles:
        record["roles"] = caller.roles
    if caller.attributes:
        record["attributes"] = _texts(caller.attributes)
    return record


def _parameters(parameters: Mapping[str, object]) -> Record:
    """Numbers and switches; strings may name people (``user``), so only their names are kept."""
    kept: Record = {}
    withheld: list[str] = []
    for name, value in parameters.items():
        if isinstance(value, float):
            kept[_name(name)] = repr(value)
        elif isinstance(value, int):
            kept[_name(name)] = value
        else:
            withheld.append(_name(name))
    return {"parameters": kept, "withheld": withheld} if withheld else {"parameters": kept}


def _name(name: str) -> str:
    """A capped name that may serve as a key: ASCII, others escaped."""
    short = name[:NAME_CAP]
    return short if short.isascii() else short.encode("ascii", "backslashreplace").decode()


def _judged(  # noqa: PLR0913, PLR0917
    record: Record,
    decision: Decision,
    segments: Sequence[Segment],
    findings: Iterable[Finding],
    coverage: Iterable[Coverage],
    digests: Mapping[str, str],
) -> None:
    record["decision"] = _decision(decision)
    places = [_segment(segment) for segment in segments]
    record["segments"] = places
    record["characters"] = sum([place["length"] for place in places])
    if digests:
        _add_digests(places, digests)
    found = tuple(findings)
    roles = {segment.id: segment.role for segment in segments} if found else {}
    record["findings"] = [_finding(finding, roles.get(finding.segment, "")) for finding in found]
    record["coverage"] = _coverage(tuple(coverage), tuple([segment.id for segment in segments]))


def _decision(decision: Decision) -> Record:
    record: Record = {
        "phase": decision.phase,
        "answer": decision.answer._value_,
        "mode": decision.mode,
        "revision": decision.revision,
    }
    if decision.verdicts:
        record["verdicts"] = [_verdict(verdict) for verdict in decision.verdicts]
    if decision.obligations:
        record["obligations"] = [_obligation(obligation) for obligation in decision.obligations]
    return record


def _verdict(verdict: Verdict) -> Record:
    record: Record = {
        "rule": verdict.rule,
        "effect": verdict.effect._value_,
        "reason": verdict.reason[:REASON_CAP],
        "fail": verdict.fail,
    }
    if verdict.controls:
        record["controls"] = verdict.controls
    if verdict.findings:
        record["findings"] = verdict.findings
    return record


def _obligation(obligation: Obligation) -> Record:
    record: Record = {"effect": obligation.effect._value_, "rule": obligation.rule}
    if obligation.findings:
        record["findings"] = obligation.findings
    params = {
        _name(name): value[:NAME_CAP] if isinstance(value, str) else value
        for name, value in obligation.params.items()
        if isinstance(value, str | int)
    }
    if params:
        record["params"] = params
    return record


def _segment(segment: Segment) -> Record:
    return {
        "id": segment.id,
        "role": segment.role,
        "kind": segment.kind,
        "pointer": segment.pointer[:POINTER_CAP],
        "length": len(segment.text),
    }


def _add_digests(segments: Iterable[Record], digests: Mapping[str, str]) -> None:
    for segment in segments:
        if segment["id"] in digests:
            segment["digest"] = digests[segment["id"]]


def _finding(finding: Finding, role: str) -> Record:
    return {
        "id": finding.id,
        "detector": finding.detector,
        "version": finding.version,
        "category": finding.category,
        "label": finding.label,
        "score": per_mille(finding.score),
        "segment": finding.segment,
        "role": role,
        "start": int(finding.start),
        "end": int(finding.end),
    }


@lru_cache(1024)
def _coverage(coverage: tuple[Coverage, ...], every: tuple[str, ...]) -> list[Record]:
    """Group equal states: one entry for all detectors that fared alike on the same segments.

    ``["*"]`` stands for every segment of the record.
    """
    places: dict[tuple[State, str, str], list[str]] = {}
    for item in coverage:
        key = (item.state, item.reason, item.detector)
        if key in places:
            places[key].append(item.segment)
        else:
            places[key] = [item.segment]
    groups: dict[tuple[State, str, tuple[str, ...]], list[str]] = {}
    for (state, reason, detector), found in places.items():
        where = _EVERY if tuple(found) == every else tuple(found)
        groups.setdefault((state, reason, where), []).append(detector)
    return [_group(*key, detectors) for key, detectors in groups.items()]


def _group(state: State, reason: str, where: tuple[str, ...], detectors: list[str]) -> Record:
    group: Record = {"state": state._value_, "detectors": detectors, "segments": where}
    if reason:
        group["reason"] = reason[:NAME_CAP]
    return group


def _outcome(outcome: Outcome) -> Record:
    record: Record = {
        "status": outcome.status,
        "ending": outcome.ending,
        "attempts": outcome.attempts,
        "bytes": outcome.bytes_out,
        "micros": {name: int(value) for name, value in outcome.micros.items()},
    }
    usage = outcome.usage
    optional = {
        "code": outcome.code[:NAME_CAP],
        "upstream": outcome.upstream,
        "finish": outcome.finish[:NAME_CAP],
    }
    tokens = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
    record |= {name: value for name, value in optional.items() if value}
    record |= {name: int(value) for name, value in tokens.items() if value is not None}
    if outcome.restored:
        record["restored"] = {_name(label): int(number) for label, number in outcome.restored.items()}
    return record
