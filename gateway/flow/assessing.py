"""Assessing: a body is judged for another gateway that forwards it itself.

The same plan, detectors, rules, obligations and records as for a proxied exchange, in the same order:
nothing is answered before the record that explains it is durable. What is different is that nothing goes
upstream here, so one call is one phase, and its decision and its outcome are one write.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.audit.record import decision_record, outcome_record, refused_record
from gateway.core.decision import Answer, Decision, Effect, Obligation, Phase
from gateway.core.errors import CallerError, PolicyFault, RecordFault
from gateway.core.exchange import Exchange, Outcome
from gateway.flow.answers import labels
from gateway.flow.commands import Content, Flow, Prepare, Record, Reply
from gateway.flow.governance import Governance
from gateway.flow.judging import Judged, Subject, denied, judge
from gateway.flow.obligations import Changes, Material, Unmet
from gateway.flow.reading import unscanned
from gateway.flow.redaction import final_styles
from gateway.flow.stopwatch import Stopwatch
from gateway.policy.plan import Plan
from gateway.wire.dialect import Envelope, RequestView


class Asker(Protocol):
    """How the other gateway is answered."""

    def released(self, changes: Changes, plan: Plan) -> Envelope | None:
        """It may pass, changed as said; None where the asker would not change it so."""

    def stopped(self, decision: Decision) -> Envelope:
        """It must not pass."""

    def failed(self, code: str, message: str) -> Envelope:
        """Nothing could be decided, so it must not pass."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What is to be judged, and for whom."""

    phase: Phase
    exchange: Exchange
    view: RequestView
    members: Mapping[str, object]
    """The top level of the parsed body."""

    body: bytes
    asker: Asker


def assess(asked: Assessment, governance: Governance) -> Flow:
    """Judge one body. Yields commands until the asker has its answer."""
    clock = Stopwatch(governance.micros)
    asker, exchange = asked.asker, asked.exchange
    try:
        plan: Plan = yield Prepare(governance.rules, exchange)
        judged = yield from judge(_subject(asked, plan, governance), clock)
        judged, envelope = _settled(asked, judged, plan)
        records = _records(asked, judged, envelope, clock, governance)
        keep = plan.record_content and governance.keeps
        yield Record(records, (Content(records[0], exchange, asked.members, asked.phase, asked.body, keep),))
    except PolicyFault as error:
        ending = Outcome(200, "fault", error.code, micros=clock.stages())
        closed = {"answer": Answer.ERROR_CLOSED.value, "revision": governance.rules.revision}
        record = closed | outcome_record(exchange, ending, None, (), (), ())
        yield from _failed(asker, (record,), "policy_fault")
    except RecordFault:
        yield from _failed(asker, (), "record_unavailable")
    else:
        yield Reply(
            envelope.status, labels(exchange.id, envelope.headers, judged.decision, clock), envelope.body
        )


def refuse(exchange: Exchange, asker: Asker, error: CallerError) -> Flow:
    """What cannot be read must not pass; recorded first."""
    record = refused_record(
        exchange.id,
        endpoint=exchange.endpoint,
        dialect=exchange.dialect,
        status=error.status,
        code=error.code,
        caller=exchange.caller,
        received_ms=exchange.received_ms,
    )
    try:
        yield Record((record,))
    except RecordFault:
        yield from _failed(asker, (), "record_unavailable")
    else:
        yield _reply(asker.failed(error.code, error.message))


def _failed(asker: Asker, records: Sequence[dict[str, Any]], code: str) -> Flow:
    if records:
        try:
            yield Record(records)
        except RecordFault:
            code = "record_unavailable"
    yield _reply(asker.failed(code, _FAULTS[code]))


_FAULTS = {
    "policy_fault": "the policy could not be evaluated",
    "record_unavailable": "the decision could not be recorded",
}


def _reply(envelope: Envelope) -> Reply:
    return Reply(envelope.status, envelope.headers, envelope.body)


def _subject(asked: Assessment, plan: Plan, governance: Governance) -> Subject:
    view = asked.view
    material = Material(
        segments=view.segments,
        tools=view.tools,
        members=asked.members,
        destinations=(),
        rewritable=view.rewritable,
        styles=final_styles(governance.digest, governance.seal, asked.exchange.caller.tenant),
    )
    return Subject(asked.phase, asked.exchange, plan, material, unscanned(view.unscanned))


def _settled(asked: Assessment, judged: Judged, plan: Plan) -> tuple[Judged, Envelope]:
    """The answer; a change that the asker cannot be told of denies."""
    if not judged.decision.answer.stops:
        envelope = asked.asker.released(judged.changes, plan)
        if envelope is not None:
            return judged, envelope
        unmet = Unmet(_unmet(judged.decision.obligations), "asker_cannot_change")
        judged.decision = denied(judged.decision, unmet)
    return judged, asked.asker.stopped(judged.decision)


def _unmet(obligations: Sequence[Obligation]) -> Obligation:
    """What an asker takes worst is the loss of a tool."""
    stripping = (each for each in obligations if each.effect is Effect.STRIP_TOOL)
    return next(stripping, obligations[0])


def _records(
    asked: Assessment, judged: Judged, envelope: Envelope, clock: Stopwatch, governance: Governance
) -> tuple[dict[str, Any], dict[str, Any]]:
    decision = decision_record(
        asked.exchange,
        judged.decision,
        judged.segments,
        judged.findings,
        judged.coverage,
        seen=judged.seen,
        body_commit=governance.commit(asked.body),
        rewritten=bool(judged.changes) and not judged.decision.answer.stops,
        digests=governance.digests(judged.segments),
    )
    closing = outcome_record(asked.exchange, _outcome(judged.decision, envelope, clock), None, (), (), ())
    said = {"answer": judged.decision.answer.value, "revision": judged.decision.revision}
    return decision, closing | said


def _outcome(decision: Decision, envelope: Envelope, clock: Stopwatch) -> Outcome:
    size, micros = len(envelope.body), clock.stages()
    if not decision.answer.stops:
        return Outcome(envelope.status, "complete", bytes_out=size, micros=micros)
    unchecked = decision.answer is Answer.ERROR_CLOSED
    ending = Outcome(envelope.status, "fault" if unchecked else "denied", decision.stopping_rule)
    return ending._replace(bytes_out=size, micros=micros)
