"""The account of one exchange: what is known of it so far, and what is written and told of it.

Every way out reads it: the records that go into the log, and the headers and notes that go to the caller.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Literal

from gateway.audit.record import decision_record, outcome_record
from gateway.core.decision import Answer, Decision
from gateway.core.exchange import Outcome, Usage
from gateway.flow.annotating import annotated
from gateway.flow.answers import RECORD, asked_headers, labelled, stopped
from gateway.flow.call import Call
from gateway.flow.commands import Command, Content, Flow, Headers, Record, Reply
from gateway.flow.governance import Governance
from gateway.flow.judging import Judged, Subject, judge
from gateway.flow.obligations import Material
from gateway.flow.opening import Opened
from gateway.flow.placeholders import Placeholders
from gateway.flow.reading import Reading, unscanned
from gateway.flow.redaction import Style, Styles, request_styles, response_styles
from gateway.flow.stopwatch import Stopwatch
from gateway.policy.plan import Annotation, Plan
from gateway.providers.client import UpstreamResponse
from gateway.providers.headers import to_caller


class Account:
    """One exchange's state; nothing of it is shared."""

    def __init__(self, call: Call, governance: Governance, opened: Opened, clock: Stopwatch) -> None:
        self.call = call
        self.governance = governance
        self.clock = clock
        self.exchange = opened.exchange
        self.required = opened.recorded
        """Whether nothing may go on without its record."""

        self.placeholders = Placeholders(governance.seal, call.caller.tenant)
        self.request: Judged | None = None
        self.response: Judged | None = None
        self.upstream = ""
        self.attempts = 0
        self.restored: Mapping[str, int] = {}
        self.released: list[bytes] = []
        """What the caller got so far, where it is kept."""

        self.keeps = False
        self.bypassed = False
        """Whether the decision is not in the log, though the exchange goes on."""

        self._members = opened.payload.value
        self._annotate: Annotation = "none"

    def planned(self, plan: Plan) -> None:
        """What policy wants of the exchange beside its checks."""
        self._annotate = plan.annotate
        self.keeps = plan.record_content and self.governance.keeps

    # -- what is asked ---------------------------------------------------------------------------

    def judge_request(self, opened: Opened, plan: Plan) -> Generator[Command, Any, Judged]:
        """Detect, and ask policy whether the request may go on."""
        view = opened.view
        material = Material(
            segments=view.segments,
            tools=view.tools,
            members=opened.payload.value,
            destinations=[upstream.name for upstream in opened.upstreams],
            rewritable=view.rewritable,
            styles=self._styles(request_styles),
        )
        subject = Subject("request", self.exchange, plan, material, unscanned(view.unscanned))
        return judge(subject, self.clock)

    def judge_response(self, plan: Plan, reading: Reading, status: int) -> Generator[Command, Any, Judged]:
        """Detect, and ask policy whether the response may go out."""
        return judge(self.answer(plan, reading, status), self.clock)

    def answer(self, plan: Plan, reading: Reading, status: int) -> Subject:
        """The question about an answer of the upstream's, as far as it was read."""
        styles = self._styles(response_styles)
        return Subject(
            "response",
            self.exchange,
            plan,
            Material(reading.segments, (), {}, (), reading.rewritable, styles),
            reading.coverage,
            readable=reading.readable,
            request=self.request.decision if self.request else None,
            status=status,
            finish=reading.finish,
        )

    def _styles(self, styles: Styles) -> Mapping[str, Style]:
        governance, tenant = self.governance, self.call.caller.tenant
        return styles(governance.digest, governance.seal, tenant, self.placeholders)

    # -- what is written -------------------------------------------------------------------------

    def decided(self, judged: Judged, *, rewritten: bool) -> Flow:
        """Record the decision about a request that goes on."""
        decision = self._decision(judged, rewritten=rewritten)
        self.bypassed = (yield Record((decision,), (self._received(decision),), self.required)) is False

    def outcome(self, outcome: Outcome, last: bytes = b"") -> Record:
        """The closing record; *last* is what the caller gets once it is durable."""
        closing = self._closing(outcome)
        return Record((closing,), self._delivered(closing, last), self.required)

    def unplanned(self, code: str) -> Record:
        """Nobody could say which checks to run, so there was no decision: closed."""
        record = self._closing(Outcome(503, "fault", code))
        closed = {"answer": Answer.ERROR_CLOSED.value, "revision": self.governance.rules.revision}
        return Record((closed | record,))

    def stop_request(self, judged: Judged) -> Flow:
        """Policy stops the request: one write for its decision and its outcome, then the answer."""
        reply = stopped(self.call, judged, self.clock, self.exchange)
        decision = self._decision(judged, rewritten=False)
        closing = self._closing(_denied(reply, judged, Usage()))
        contents = (self._received(decision), *self._delivered(closing, reply.body))
        self.bypassed = (yield Record((decision, closing), contents, self.required)) is False
        yield Reply(reply.status, [*reply.headers, *self._unrecorded()], reply.body)

    def stop_response(self, judged: Judged, usage: Usage) -> Flow:
        """Policy stops a response of which nothing has left."""
        reply = stopped(self.call, judged, self.clock, self.exchange, usage)
        yield self.outcome(_denied(reply, judged, usage), reply.body)
        yield reply

    def _decision(self, judged: Judged, *, rewritten: bool) -> dict[str, Any]:
        return decision_record(
            self.exchange,
            judged.decision,
            judged.segments,
            judged.findings,
            judged.coverage,
            seen=judged.seen,
            body_commit=self.governance.commit(self.call.body),
            rewritten=rewritten,
            digests=self.governance.digests(judged.segments),
        )

    def _received(self, decision: dict[str, Any]) -> Content:
        return Content(decision, self.exchange, self._members, "request", self.call.body, self.keeps)

    def _delivered(self, closing: dict[str, Any], last: bytes) -> Sequence[Content]:
        body = b"".join((*self.released, last)) if self.keeps else b""
        content = Content(closing, self.exchange, self._members, "response", body, keep=True)
        return (content,) if body else ()

    def _closing(self, outcome: Outcome) -> dict[str, Any]:
        whole = outcome._replace(
            upstream=self.upstream,
            attempts=self.attempts,
            restored=self.restored,
            micros=self.clock.stages(),
        )
        judged = self.response
        record = outcome_record(
            self.exchange,
            whole,
            judged.decision if judged else None,
            judged.segments if judged else (),
            judged.findings if judged else (),
            judged.coverage if judged else (),
            seen=judged.seen if judged else None,
            digests=self.governance.digests(judged.segments) if judged else None,
        )
        deciding = self._deciding()
        if deciding is not None:
            record |= {"answer": deciding.answer.value, "revision": deciding.revision}
        return record

    # -- what is told ----------------------------------------------------------------------------

    def noted(self, body: bytes) -> bytes:
        """An answer, or whole events of one, with the notes that the plan wants."""
        return annotated(self._annotate, self.exchange, body, self.request, self.response)

    def reply(self, response: UpstreamResponse, body: bytes) -> Reply:
        """The upstream's answer, with a body that may leave."""
        return Reply(response.status, self.labelled(response), body)

    def labelled(self, response: UpstreamResponse) -> Headers:
        """The upstream's own headers, with those that rules add and the gateway's behind them."""
        phases = (self.request, self.response)
        asked = asked_headers(*(judged.decision for judged in phases if judged))
        named = {name for name, _ in asked}
        kept = [field for field in to_caller(response.headers) if field[0] not in named]
        return labelled(self.call, [*kept, *asked, *self._unrecorded()], self._deciding(), self.clock)

    def _unrecorded(self) -> Headers:
        """Tells the caller that the decision is not in the log."""
        return [(RECORD, b"bypassed")] if self.bypassed else []

    def _deciding(self) -> Decision | None:
        """The decision that the caller is told of: the heavier of the two phases."""
        if self.request is None or self.response is None:
            return self.request.decision if self.request else None
        request, response = self.request.decision, self.response.decision
        return response if response.answer.weight > request.answer.weight else request


def ending(judged: Judged) -> Literal["denied", "fault"]:
    """How an exchange ends that policy stops."""
    return "fault" if judged.decision.answer is Answer.ERROR_CLOSED else "denied"


def _denied(reply: Reply, judged: Judged, usage: Usage) -> Outcome:
    return Outcome(
        reply.status,
        ending(judged),
        judged.decision.stopping_rule,
        bytes_out=len(reply.body),
        usage=usage,
    )
