"""Answers of the gateway's own: denials, refusals and faults, in the caller's dialect."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from gateway.audit.record import refused_record
from gateway.core.decision import Answer, Decision, Effect
from gateway.core.errors import CallerError, RecordFault
from gateway.core.exchange import Exchange, Usage
from gateway.flow.call import Call
from gateway.flow.commands import Flow, Headers, Record, Reply
from gateway.flow.judging import Judged
from gateway.flow.stopwatch import Stopwatch
from gateway.wire.azure import is_azure
from gateway.wire.canned import Canned, canned
from gateway.wire.dialect import Denial, Envelope
from gateway.wire.envelopes import denial_facts
from gateway.wire.stream import StreamReader

DECISION_ID = b"x-lictor-decision-id"
DECISION = b"x-lictor-decision"
RECORD = b"x-lictor-record"
REVISION = b"x-lictor-policy-revision"
TIMING = b"server-timing"

_NO_USAGE: Final = Usage()
_STOPPING: Final = (Effect.DENY, Effect.REQUIRE_APPROVAL)


def refusal(call: Call, error: CallerError) -> Flow:
    """The caller's fault: recorded, then said in the caller's dialect."""
    try:
        yield Record((refused_entry(call, error),))
    except RecordFault:
        yield fault(call, 503, "record_unavailable", "the refusal could not be recorded")
        return
    yield refused(call, error)


def refused_entry(call: Call, error: CallerError) -> dict[str, Any]:
    """The record of a call that never became an exchange."""
    return refused_record(
        call.id,
        endpoint=call.endpoint.name,
        dialect=call.endpoint.dialect.name,
        status=error.status,
        code=error.code,
        caller=call.caller,
        received_ms=call.received_ms,
    )


def refused(call: Call, error: CallerError) -> Reply:
    """The caller's fault, in its own dialect."""
    return _reply(call, call.endpoint.dialect.refusal(error, call.id))


def fault(call: Call, status: int, code: str, message: str) -> Reply:
    """The gateway's or the upstream's fault."""
    return _reply(call, call.endpoint.dialect.fault(status, code, message, call.id))


def stopped(
    call: Call, judged: Judged, clock: Stopwatch, exchange: Exchange, usage: Usage = _NO_USAGE
) -> Reply:
    """Policy's no, or its own answer; where a check could not run and the rule is closed, a 503."""
    decision = judged.decision
    envelope = _unavailable(call) if _unchecked(decision) else _said(call, judged, exchange, usage)
    headers = labelled(call, [*envelope.headers, *asked_headers(decision)], decision, clock)
    return Reply(envelope.status, headers, envelope.body)


def ended(call: Call, judged: Judged, reader: StreamReader) -> bytes:
    """The end of a stream that policy stops half-way: the dialect's own, or an error where a check could
    not run."""
    if _unchecked(judged.decision):
        return reader.fault(_unavailable(call).body)
    return reader.ending(denial_facts(_denial(call, judged)))


def asked_headers(*decisions: Decision | None) -> list[tuple[bytes, bytes]]:
    """The headers that rules add; of several with one name, the strongest verdict's, and of two phases the
    later one's."""
    wanted: dict[str, str] = {}
    for decision in decisions:
        for verdict in reversed(decision.verdicts if decision else ()):
            headers = verdict.params.get("headers", {})
            wanted |= {str(name): str(value) for name, value in _mapping(headers).items()}
    return [(name.encode(), value.encode()) for name, value in wanted.items()]


def labelled(
    call: Call, headers: Headers, decision: Decision | None, clock: Stopwatch
) -> list[tuple[bytes, bytes]]:
    """The given headers, with the gateway's own behind them."""
    return labels(call.id, headers, decision, clock)


def labels(
    id_: str, headers: Headers, decision: Decision | None, clock: Stopwatch
) -> list[tuple[bytes, bytes]]:
    """As :func:`labelled`, for what has no call."""
    found = [*headers, (DECISION_ID, id_.encode())]
    if decision is not None:
        found.append((DECISION, decision.answer.encode()))
        found.append((REVISION, decision.revision.encode()))
    found.append((TIMING, _server_timing(clock)))
    return found


def stream_fault(family: str, body: bytes) -> bytes:
    """An error frame for a stream that breaks off: both providers carry the envelope as data."""
    name = b"event: error\n" if family == "anthropic" else b""
    return name + b"data: " + body + b"\n\n"


def _reply(call: Call, envelope: Envelope) -> Reply:
    headers = [*envelope.headers, (DECISION_ID, call.id.encode())]
    return Reply(envelope.status, headers, envelope.body)


def _unchecked(decision: Decision) -> bool:
    return decision.answer is Answer.ERROR_CLOSED


def _unavailable(call: Call) -> Envelope:
    message = "a required check could not run, and policy does not release unchecked content"
    return call.endpoint.dialect.fault(503, "check_unavailable", message, call.id)


def _said(call: Call, judged: Judged, exchange: Exchange, usage: Usage) -> Envelope:
    """An error, unless every rule that denies has an answer to give instead."""
    denial = _denial(call, judged)
    texts = _answers(judged.decision)
    if not all(texts):
        return call.endpoint.dialect.denial(denial)
    answer = Canned(
        text=texts[0],
        denial=denial,
        model=exchange.model,
        created_s=call.received_ms // 1000,
        stream=exchange.stream,
        usage=usage,
        asked=call.body,
    )
    return canned(exchange.dialect, answer) or call.endpoint.dialect.denial(denial)


def _answers(decision: Decision) -> list[str]:
    """The answer of each verdict that stops, strongest first; empty where it has none."""
    stopping = [verdict for verdict in decision.verdicts if verdict.effect in _STOPPING]
    return [str(verdict.params.get("answer", "")) for verdict in stopping] or [""]


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, dict) else {}


def _denial(call: Call, judged: Judged) -> Denial:
    decision = judged.decision
    return Denial(
        decision_id=call.id,
        rule=decision.stopping_rule,
        reason=decision.reason,
        param=_param(judged),
        revision=decision.revision,
        kind=_kind(decision),
        azure=is_azure(call.template),
    )


def _kind(decision: Decision) -> Literal["content", "permission"]:
    """Rules about models say who may use what; all others speak about content."""
    return "permission" if decision.stopping_rule.startswith("models.") else "content"


def _param(judged: Judged) -> str | None:
    """The pointer of the first segment that the stopping rule names, if it is in the request."""
    decision = judged.decision
    if decision.phase != "request":
        return None
    named = [verdict.findings for verdict in decision.verdicts if verdict.rule == decision.stopping_rule]
    finding = next((f for f in judged.findings if named and f.id in named[0]), None)
    if finding is None:
        return None
    return next((s.pointer for s in judged.segments if s.id == finding.segment), None)


def _server_timing(clock: Stopwatch) -> bytes:
    """Milliseconds by stage (W3C Server-Timing)."""
    parts = [f"{name};dur={micros / 1000:.3f}" for name, micros in clock.stages().items()]
    return ", ".join(parts).encode()
