"""The exchange, from the first byte of the request to the last of the response.

Read it top to bottom: open, plan, detect, judge, oblige, record, forward; then the same for the
response; then the outcome. Nothing here touches a socket or a file. Two rules hold everywhere:

* nothing is forwarded or released before the record that explains it is durable;
* every way out writes exactly one outcome (or, for a call that never became an exchange, one
  ``refused`` record).
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from gateway.audit.record import decision_record, outcome_record
from gateway.core.decision import Answer, Decision
from gateway.core.errors import CallerError, PolicyFault, RecordFault, UpstreamError
from gateway.core.exchange import Exchange, Outcome, Usage
from gateway.core.finding import Coverage
from gateway.core.segment import Segment
from gateway.flow.annotating import annotated
from gateway.flow.answers import (
    RECORD,
    asked_headers,
    ended,
    fault,
    labelled,
    refusal,
    refused,
    stopped,
    stream_fault,
)
from gateway.flow.call import Call
from gateway.flow.commands import (
    Collect,
    Command,
    Content,
    Disconnected,
    Flow,
    Forward,
    Headers,
    Next,
    Prepare,
    Record,
    Relay,
    Relayed,
    Reply,
    Start,
    Write,
)
from gateway.flow.governance import Governance
from gateway.flow.judging import Judged, Subject, judge
from gateway.flow.naming import renaming
from gateway.flow.obligations import Material
from gateway.flow.opening import Opened, open_call
from gateway.flow.placeholders import Placeholders
from gateway.flow.reading import Reading, read_response, unread, unscanned
from gateway.flow.redaction import Style, Styles, request_styles, response_styles
from gateway.flow.restoring import restore
from gateway.flow.stopwatch import Stopwatch
from gateway.flow.streaming import HELD_LIMIT, Looking, Posing, Windows
from gateway.policy.plan import Annotation, Plan
from gateway.providers.client import UpstreamRequest, UpstreamResponse
from gateway.providers.headers import to_caller
from gateway.providers.upstream import Upstream
from gateway.wire.azure import is_azure
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader


def live(call: Call, governance: Governance) -> Flow:
    """The life of one call. Yields commands until the caller has its answer."""
    return _Life(call, governance).live()


class _Life:
    """One exchange's state; nothing of it is shared."""

    def __init__(self, call: Call, governance: Governance) -> None:
        self.call = call
        self.governance = governance
        self.dialect = call.endpoint.dialect
        self.clock = Stopwatch(governance.micros)
        self.request: Judged | None = None
        self.response: Judged | None = None
        self.placeholders = Placeholders(governance.seal, call.caller.tenant)
        self.upstream = ""
        self.attempts = 0
        self.relayed = False
        self.reader: StreamReader | None = None
        self.bytes_out = 0
        self.restored: Mapping[str, int] = {}
        self.annotate: Annotation = "none"
        self.keeps = False
        self.members: Mapping[str, object] = {}
        self.released: list[bytes] = []
        """What the caller got so far, where it is kept."""
        self.required = True
        self.bypassed = False

    # -- every way out ---------------------------------------------------------------------------

    def live(self) -> Flow:
        try:
            opened = open_call(self.call, self.governance.routing, judged=self.governance.judges)
        except CallerError as error:
            yield from refusal(self.call, error)
            return
        exchange, self.required = opened.exchange, opened.recorded
        self.members = opened.payload.value
        try:
            yield from self._request(opened)
        except Disconnected:
            yield self._outcome(exchange, Outcome(499, "disconnected", "client_closed"))
        except UpstreamError as error:
            yield from self._broken(exchange, error)
        except CallerError as error:
            yield self._outcome(exchange, Outcome(error.status, "refused", error.code))
            yield refused(self.call, error)
        except PolicyFault as error:
            yield self._unplanned(exchange, error)
            yield fault(self.call, 503, "policy_unavailable", "the policy could not be evaluated")
        except RecordFault:
            if self.relayed:
                raise
            yield fault(self.call, 503, "record_unavailable", "the decision could not be recorded")

    def _unplanned(self, exchange: Exchange, error: PolicyFault) -> Record:
        """Nobody could say which checks to run, so there was no decision: closed."""
        record = self._closing(exchange, Outcome(503, "fault", error.code))
        closed = {"answer": Answer.ERROR_CLOSED.value, "revision": self.governance.rules.revision}
        return Record((closed | record,))

    def _broken(self, exchange: Exchange, error: UpstreamError) -> Flow:
        """No usable answer, or one that broke off half-way."""
        self.upstream = error.upstream or self.upstream
        self.attempts = max(error.attempts, self.attempts)
        yield self._outcome(exchange, Outcome(error.status, "upstream_error", error.code))
        reply = fault(self.call, error.status, error.code, error.message)
        if self.relayed:
            told = self.reader.fault(reply.body) if self.reader else None
            yield Write(told or stream_fault(self.dialect.family, reply.body))
        else:
            yield reply

    # -- the request -----------------------------------------------------------------------------

    def _request(self, opened: Opened) -> Flow:
        plan: Plan = yield Prepare(self.governance.rules, opened.exchange)
        self.annotate = plan.annotate
        self.keeps = plan.record_content and self.governance.keeps
        if self.call.unknown and plan.unknown_endpoint == "deny":
            yield from refusal(self.call, _unknown_endpoint())
            return
        if not self.governance.judges:
            yield from self._forward(opened, plan, self.call.body)
            return
        self.request = judged = yield from self._judge_request(opened, plan)
        if judged.decision.answer.stops:
            yield from self._stop_request(opened.exchange, judged)
            return
        body = self._rewritten(opened, judged)
        decision = self._decision(opened.exchange, judged, rewritten=body is not self.call.body)
        record = Record((decision,), (self._received(opened.exchange, decision),), self.required)
        self.bypassed = (yield record) is False
        yield from self._forward(opened, plan, body)

    def _judge_request(self, opened: Opened, plan: Plan) -> Generator[Command, Any, Judged]:
        view = opened.view
        material = Material(
            segments=view.segments,
            tools=view.tools,
            members=opened.payload.value,
            destinations=[upstream.name for upstream in opened.upstreams],
            rewritable=view.rewritable,
            styles=self._styles(request_styles),
        )
        subject = Subject("request", opened.exchange, plan, material, unscanned(view.unscanned))
        return judge(subject, self.clock)

    def _styles(self, styles: Styles) -> Mapping[str, Style]:
        governance, tenant = self.governance, self.call.caller.tenant
        return styles(governance.digest, governance.seal, tenant, self.placeholders)

    def _rewritten(self, opened: Opened, judged: Judged) -> bytes:
        if not judged.changes:
            return self.call.body
        return opened.payload.splice(self.call.body, judged.changes.edits, judged.changes.removals)

    def _forward(self, opened: Opened, plan: Plan, body: bytes) -> Flow:
        request = UpstreamRequest(
            method=self.call.method,
            path=self.call.path,
            headers=self.call.headers,
            body=body,
            stream=opened.exchange.stream,
            family=self.dialect.family,
            endpoint=opened.exchange.endpoint,
            model=opened.exchange.model,
            renamed=renaming(self.call, opened, body),
            path_for=self.call.path_for,
            azure=is_azure(self.call.template),
        )
        self.clock.lap("record")
        response = yield Forward(self._allowed(opened.upstreams), request)
        self.clock.lap("upstream")
        self.upstream, self.attempts = response.upstream, response.attempts
        yield from self._respond(opened.exchange, plan, response)

    def _allowed(self, upstreams: Sequence[Upstream]) -> Sequence[Upstream]:
        """The upstreams of the route, or the one that a rule routes to."""
        only = self.request.changes.upstream if self.request else ""
        return [upstream for upstream in upstreams if upstream.name == only] if only else upstreams

    # -- the response ----------------------------------------------------------------------------

    def _respond(self, exchange: Exchange, plan: Plan, response: UpstreamResponse) -> Flow:
        if not 200 <= response.status < 300:
            yield from self._upstream_refused(exchange, response)
        elif self.call.unknown:
            yield from self._observe(exchange, replace(plan, response_detectors=()), response)
        elif exchange.stream and plan.stream == "observe":
            yield from self._observe(exchange, plan, response)
        elif not self.governance.judges:
            yield from self._hand_on(exchange, response)
        else:
            yield from self._govern(exchange, plan, response)

    def _govern(self, exchange: Exchange, plan: Plan, response: UpstreamResponse) -> Flow:
        """Release nothing before it was judged: a stream piece by piece, anything else whole."""
        reader = self.dialect.stream(_content_type(response)) if plan.stream == "window" else None
        if reader is None:
            yield from self._review(exchange, plan, response)
        else:
            yield from self._follow(exchange, plan, response, reader)

    def _upstream_refused(self, exchange: Exchange, response: UpstreamResponse) -> Flow:
        """The provider said no: its own words reach the caller."""
        body = yield from self._collect(response)
        ending = Outcome(response.status, "upstream_error", "upstream_status", bytes_out=len(body))
        yield self._outcome(exchange, ending, body)
        yield self._reply(response, body)

    def _review(self, exchange: Exchange, plan: Plan, response: UpstreamResponse) -> Flow:
        """Read it whole, judge it, then release it."""
        raw = yield from self._collect(response)
        reading = read_response(self.dialect, raw, _content_type(response))
        judged = yield from self._judge_response(exchange, plan, reading, response.status)
        self.response = judged
        if judged.decision.answer.stops:
            yield from self._stop_response(exchange, judged, reading.usage)
            return
        restored = restore(self.placeholders, judged.changes, reading.segments, reading.rewritable)
        self.restored = restored.counts
        body = reading.rewrite(restored.edits) if restored.edits else raw
        body = self._noted(exchange, body)
        yield self._outcome(exchange, _complete(response.status, reading, len(body)), body)
        yield self._reply(response, body)

    def _hand_on(self, exchange: Exchange, response: UpstreamResponse) -> Flow:
        """Release it unread."""
        body = yield from self._collect(response)
        yield self._outcome(exchange, _complete(response.status, unread(), len(body)), body)
        yield self._reply(response, body)

    def _observe(self, exchange: Exchange, plan: Plan, response: UpstreamResponse) -> Flow:
        """Release at once; look afterwards, and record what was seen."""
        headers = self._labelled(response)
        looking = bool(plan.response_detectors)
        self.relayed = True
        relayed: Relayed = yield Relay(response, headers, keep=looking or self.keeps)
        self.clock.lap("upstream")
        reading = unread()
        if looking:
            reading = read_response(self.dialect, relayed.body, _content_type(response)).observed()
            self.response = yield from self._judge_response(exchange, plan, reading, response.status)
        yield self._outcome(exchange, _complete(response.status, reading, relayed.size), relayed.body)

    def _follow(
        self, exchange: Exchange, plan: Plan, response: UpstreamResponse, reader: StreamReader
    ) -> Flow:
        """Release a stream while it comes, as far as it was judged."""
        self.reader = reader
        pose = self._posing(exchange, plan, response, reader)
        windows = Windows(reader, pose, self.placeholders, self.clock)
        while (chunk := (yield Next(response))) is not None:
            self.clock.lap("upstream")
            stop = yield from self._take(reader.framing.feed(chunk), exchange, response, reader, windows)
            if stop is not None:
                yield from self._cut_off(exchange, response, reader, stop)
                return
        stop = None
        for frame in reader.framing.close():
            stop = stop or (yield from self._read(frame, reader, windows))
        reader.close()
        stop = stop or (yield from windows.finish())
        self.response, self.restored = windows.judged, windows.restored
        if stop is not None:
            yield from self._cut_off(exchange, response, reader, stop)
        else:
            yield from self._close_stream(exchange, response, reader)

    def _take(
        self,
        frames: Sequence[Frame],
        exchange: Exchange,
        response: UpstreamResponse,
        reader: StreamReader,
        windows: Windows,
    ) -> Looking:
        """Read what came, and let out what may leave. What stops the stream, or None."""
        due: list[bytes] = []
        stop = None
        try:
            for frame in frames:
                stop = yield from self._read(frame, reader, windows)
                if stop is not None:
                    break
                if reader.tape.begun:
                    due.append(self._noted(exchange, reader.tape.release()))
        except (UpstreamError, PolicyFault):
            yield from self._let_out(response, b"".join(due))
            raise
        yield from self._let_out(response, b"".join(due))
        return stop

    def _read(self, frame: Frame, reader: StreamReader, windows: Windows) -> Looking:
        """One frame at a time, so that neither a verdict nor the order in which frames leave depends on how
        many came at once. What stops the stream, or None."""
        reader.feed(frame)
        stop = yield from windows.look()
        self.response, self.restored = windows.judged, windows.restored
        if stop is None and reader.tape.held_bytes > HELD_LIMIT:
            raise UpstreamError("protocol", "The upstream's stream has a part that is too long to check.")
        return stop

    def _let_out(self, response: UpstreamResponse, body: bytes) -> Flow:
        if not body:
            return
        if not self.relayed:
            yield Start(response.status, self._labelled(response))
            self.relayed = True
        self.bytes_out += len(body)
        if self.keeps:
            self.released.append(body)
        yield Write(body)

    def _close_stream(
        self,
        exchange: Exchange,
        response: UpstreamResponse,
        reader: StreamReader,
    ) -> Flow:
        """The last of it leaves when the record of it is durable. Half a stream must not look like one."""
        if not (reader.complete or reader.finish or reader.error):
            raise UpstreamError("protocol", "The upstream's stream ended before the answer was complete.")
        body = self._noted(exchange, reader.tape.release())
        outcome = Outcome(
            response.status,
            "upstream_error" if reader.error else "complete",
            "upstream_stream_error" if reader.error else "",
            bytes_out=self.bytes_out + len(body),
            usage=reader.usage,
            finish=reader.finish,
        )
        yield self._outcome(exchange, outcome, body)
        yield from self._let_out(response, body)

    def _cut_off(
        self, exchange: Exchange, response: UpstreamResponse, reader: StreamReader, judged: Judged
    ) -> Flow:
        """Policy stops a stream. What it let out before has left, or leaves now; nothing else does."""
        if not reader.tape.begun:
            yield from self._stop_response(exchange, judged, reader.usage)
            return
        body = reader.tape.cut_off() + ended(self.call, judged, reader)
        outcome = Outcome(
            response.status,
            _ending(judged),
            judged.decision.stopping_rule,
            bytes_out=self.bytes_out + len(body),
            usage=reader.usage,
            finish=reader.finish,
        )
        yield self._outcome(exchange, outcome, body)
        yield from self._let_out(response, body)

    def _posing(
        self, exchange: Exchange, plan: Plan, response: UpstreamResponse, reader: StreamReader
    ) -> Posing:
        def pose(segments: Sequence[Segment], rewritable: Callable[[str], bool]) -> Subject:
            material = self._said(segments, rewritable)
            return self._answered(exchange, plan, material, (), response.status, reader.finish)

        return pose

    def _judge_response(
        self, exchange: Exchange, plan: Plan, reading: Reading, status: int
    ) -> Generator[Command, Any, Judged]:
        material = self._said(reading.segments, reading.rewritable)
        subject = self._answered(exchange, plan, material, reading.coverage, status, reading.finish)
        return judge(replace(subject, readable=reading.readable), self.clock)

    def _said(self, segments: Sequence[Segment], rewritable: Callable[[str], bool]) -> Material:
        return Material(segments, (), {}, (), rewritable, self._styles(response_styles))

    def _answered(  # noqa: PLR0913, PLR0917 - what is known of an answer
        self,
        exchange: Exchange,
        plan: Plan,
        material: Material,
        gaps: Sequence[Coverage],
        status: int,
        finish: str,
    ) -> Subject:
        request = self.request.decision if self.request else None
        return Subject(
            "response", exchange, plan, material, gaps, request=request, status=status, finish=finish
        )

    def _collect(self, response: UpstreamResponse) -> Generator[Command, Any, bytes]:
        body: bytes = yield Collect(response)
        self.clock.lap("upstream")
        return body

    # -- ends ------------------------------------------------------------------------------------

    def _stop_request(self, exchange: Exchange, judged: Judged) -> Flow:
        reply = stopped(self.call, judged, self.clock, exchange)
        decision = self._decision(exchange, judged, rewritten=False)
        closing = self._closing(exchange, _denied(reply, judged, Usage()))
        contents = (self._received(exchange, decision), *self._delivered(exchange, closing, reply.body))
        self.bypassed = (yield Record((decision, closing), contents, self.required)) is False
        yield replace(reply, headers=[*reply.headers, *self._unrecorded()])

    def _stop_response(self, exchange: Exchange, judged: Judged, usage: Usage) -> Flow:
        reply = stopped(self.call, judged, self.clock, exchange, usage)
        yield self._outcome(exchange, _denied(reply, judged, usage), reply.body)
        yield reply

    def _noted(self, exchange: Exchange, body: bytes) -> bytes:
        """An answer, or whole events of one, with the notes that the plan wants."""
        return annotated(self.annotate, exchange, body, self.request, self.response)

    def _reply(self, response: UpstreamResponse, body: bytes) -> Reply:
        return Reply(response.status, self._labelled(response), body)

    def _labelled(self, response: UpstreamResponse) -> Headers:
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

    # -- records ---------------------------------------------------------------------------------

    def _decision(self, exchange: Exchange, judged: Judged, *, rewritten: bool) -> dict[str, Any]:
        return decision_record(
            exchange,
            judged.decision,
            judged.segments,
            judged.findings,
            judged.coverage,
            seen=judged.seen,
            body_commit=self.governance.commit(self.call.body),
            rewritten=rewritten,
            digests=self.governance.digests(judged.segments),
        )

    def _outcome(self, exchange: Exchange, outcome: Outcome, last: bytes = b"") -> Record:
        """The closing record; *last* is what the caller gets once it is durable."""
        closing = self._closing(exchange, outcome)
        return Record((closing,), self._delivered(exchange, closing, last), self.required)

    def _received(self, exchange: Exchange, decision: dict[str, Any]) -> Content:
        return Content(decision, exchange, self.members, "request", self.call.body, self.keeps)

    def _delivered(self, exchange: Exchange, closing: dict[str, Any], last: bytes) -> Sequence[Content]:
        body = b"".join((*self.released, last)) if self.keeps else b""
        content = Content(closing, exchange, self.members, "response", body, keep=True)
        return (content,) if body else ()

    def _closing(self, exchange: Exchange, outcome: Outcome) -> dict[str, Any]:
        whole = outcome._replace(
            upstream=self.upstream,
            attempts=self.attempts,
            restored=self.restored,
            micros=self.clock.stages(),
        )
        judged = self.response
        record = outcome_record(
            exchange,
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


def _unknown_endpoint() -> CallerError:
    return CallerError(404, "unknown_endpoint", "this gateway does not serve the endpoint")


def _content_type(response: UpstreamResponse) -> bytes:
    return next((value for name, value in response.headers if name == b"content-type"), b"")


def _complete(status: int, reading: Reading, size: int) -> Outcome:
    return Outcome(status, "complete", bytes_out=size, usage=reading.usage, finish=reading.finish)


def _ending(judged: Judged) -> Literal["denied", "fault"]:
    return "fault" if judged.decision.answer is Answer.ERROR_CLOSED else "denied"


def _denied(reply: Reply, judged: Judged, usage: Usage) -> Outcome:
    return Outcome(
        reply.status,
        _ending(judged),
        judged.decision.stopping_rule,
        bytes_out=len(reply.body),
        usage=usage,
    )
