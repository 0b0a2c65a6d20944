"""The exchange, from the first byte of the request to the last of the response.

Read it top to bottom: open, plan, detect, judge, oblige, record, forward; then the same for the
response; then the outcome. Nothing here touches a socket or a file. Two rules hold everywhere:

* nothing is forwarded or released before the record that explains it is durable;
* every way out writes exactly one outcome (or, for a call that never became an exchange, one
  ``refused`` record).

What is known meanwhile is in :mod:`gateway.flow.account`; how a stream is let out piece by piece, in
:mod:`gateway.flow.following`.
"""

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from gateway.core.errors import CallerError, PolicyFault, RecordFault, UpstreamError
from gateway.core.exchange import Outcome
from gateway.flow.account import Account
from gateway.flow.answers import fault, refusal, refused, stream_fault
from gateway.flow.call import Call
from gateway.flow.commands import (
    Collect,
    Command,
    Disconnected,
    Flow,
    Forward,
    Prepare,
    Relay,
    Relayed,
    Write,
)
from gateway.flow.following import Following
from gateway.flow.governance import Governance
from gateway.flow.judging import Judged
from gateway.flow.naming import renaming
from gateway.flow.opening import Opened, open_call
from gateway.flow.reading import Reading, read_response, unread
from gateway.flow.restoring import restore
from gateway.flow.stopwatch import Stopwatch
from gateway.policy.plan import Plan
from gateway.providers.client import UpstreamRequest, UpstreamResponse
from gateway.providers.upstream import Upstream
from gateway.wire.azure import is_azure


def live(call: Call, governance: Governance) -> Flow:
    """The life of one call. Yields commands until the caller has its answer."""
    clock = Stopwatch(governance.micros)
    try:
        opened = open_call(call, governance.routing, judged=governance.judges)
    except CallerError as error:
        yield from refusal(call, error)
        return
    yield from _Life(opened, Account(call, governance, opened, clock)).live()


class _Life:
    """One exchange's way through the gateway."""

    def __init__(self, opened: Opened, account: Account) -> None:
        self.opened = opened
        self.account = account
        self.call = account.call
        self.dialect = account.call.endpoint.dialect
        self.relayed = False
        self.following: Following | None = None

    # -- every way out ---------------------------------------------------------------------------

    def live(self) -> Flow:
        account = self.account
        try:
            yield from self._request()
        except Disconnected:
            yield account.outcome(Outcome(499, "disconnected", "client_closed"))
        except UpstreamError as error:
            yield from self._broken(error)
        except CallerError as error:
            yield account.outcome(Outcome(error.status, "refused", error.code))
            yield refused(self.call, error)
        except PolicyFault as error:
            yield account.unplanned(error.code)
            yield fault(self.call, 503, "policy_unavailable", "the policy could not be evaluated")
        except RecordFault:
            if self._begun:
                raise
            yield fault(self.call, 503, "record_unavailable", "the decision could not be recorded")

    @property
    def _begun(self) -> bool:
        """Whether the caller has the beginning of an answer already."""
        return self.relayed or (self.following is not None and self.following.begun)

    def _broken(self, error: UpstreamError) -> Flow:
        """No usable answer, or one that broke off half-way."""
        account = self.account
        account.upstream = error.upstream or account.upstream
        account.attempts = max(error.attempts, account.attempts)
        yield account.outcome(Outcome(error.status, "upstream_error", error.code))
        reply = fault(self.call, error.status, error.code, error.message)
        if not self._begun:
            yield reply
        elif self.following is not None:
            yield Write(self.following.fault(reply.body))
        else:
            yield Write(stream_fault(self.dialect.family, reply.body))

    # -- the request -----------------------------------------------------------------------------

    def _request(self) -> Flow:
        account, governance = self.account, self.account.governance
        plan: Plan = yield Prepare(governance.rules, account.exchange)
        account.planned(plan)
        if self.call.unknown and plan.unknown_endpoint == "deny":
            yield from refusal(self.call, _unknown_endpoint())
            return
        if not governance.judges:
            yield from self._forward(plan, self.call.body)
            return
        account.request = judged = yield from account.judge_request(self.opened, plan)
        if judged.decision.answer.stops:
            yield from account.stop_request(judged)
            return
        body = self._rewritten(judged)
        yield from account.decided(judged, rewritten=body is not self.call.body)
        yield from self._forward(plan, body)

    def _rewritten(self, judged: Judged) -> bytes:
        if not judged.changes:
            return self.call.body
        return self.opened.payload.splice(self.call.body, judged.changes.edits, judged.changes.removals)

    def _forward(self, plan: Plan, body: bytes) -> Flow:
        account, exchange = self.account, self.account.exchange
        request = UpstreamRequest(
            method=self.call.method,
            path=self.call.path,
            headers=self.call.headers,
            body=body,
            stream=exchange.stream,
            family=self.dialect.family,
            endpoint=exchange.endpoint,
            model=exchange.model,
            renamed=renaming(self.call, self.opened, body),
            path_for=self.call.path_for,
            azure=is_azure(self.call.template),
        )
        account.clock.lap("record")
        response = yield Forward(self._allowed(self.opened.upstreams), request)
        account.clock.lap("upstream")
        account.upstream, account.attempts = response.upstream, response.attempts
        yield from self._respond(plan, response)

    def _allowed(self, upstreams: Sequence[Upstream]) -> Sequence[Upstream]:
        """The upstreams of the route, or the one that a rule routes to."""
        judged = self.account.request
        only = judged.changes.upstream if judged else ""
        return [upstream for upstream in upstreams if upstream.name == only] if only else upstreams

    # -- the response ----------------------------------------------------------------------------

    def _respond(self, plan: Plan, response: UpstreamResponse) -> Flow:
        if not 200 <= response.status < 300:
            yield from self._upstream_refused(response)
        elif self.call.unknown:
            yield from self._observe(replace(plan, response_detectors=()), response)
        elif self.account.exchange.stream and plan.stream == "observe":
            yield from self._observe(plan, response)
        elif not self.account.governance.judges:
            yield from self._hand_on(response)
        else:
            yield from self._govern(plan, response)

    def _govern(self, plan: Plan, response: UpstreamResponse) -> Flow:
        """Release nothing before it was judged: a stream piece by piece, anything else whole."""
        reader = self.dialect.stream(_content_type(response)) if plan.stream == "window" else None
        if reader is None:
            yield from self._review(plan, response)
        else:
            self.following = Following(self.account, plan, response, reader)
            yield from self.following.live()

    def _upstream_refused(self, response: UpstreamResponse) -> Flow:
        """The provider said no: its own words reach the caller."""
        body = yield from self._collect(response)
        ending = Outcome(response.status, "upstream_error", "upstream_status", bytes_out=len(body))
        yield self.account.outcome(ending, body)
        yield self.account.reply(response, body)

    def _review(self, plan: Plan, response: UpstreamResponse) -> Flow:
        """Read it whole, judge it, then release it."""
        account = self.account
        raw = yield from self._collect(response)
        reading = read_response(self.dialect, raw, _content_type(response))
        account.response = judged = yield from account.judge_response(plan, reading, response.status)
        if judged.decision.answer.stops:
            yield from account.stop_response(judged, reading.usage)
            return
        restored = restore(account.placeholders, judged.changes, reading.segments, reading.rewritable)
        account.restored = restored.counts
        body = account.noted(reading.rewrite(restored.edits) if restored.edits else raw)
        yield account.outcome(_complete(response.status, reading, len(body)), body)
        yield account.reply(response, body)

    def _hand_on(self, response: UpstreamResponse) -> Flow:
        """Release it unread."""
        body = yield from self._collect(response)
        yield self.account.outcome(_complete(response.status, unread(), len(body)), body)
        yield self.account.reply(response, body)

    def _observe(self, plan: Plan, response: UpstreamResponse) -> Flow:
        """Release at once; look afterwards, and record what was seen."""
        account = self.account
        headers = account.labelled(response)
        looking = bool(plan.response_detectors)
        self.relayed = True
        relayed: Relayed = yield Relay(response, headers, keep=looking or account.keeps)
        account.clock.lap("upstream")
        reading = unread()
        if looking:
            reading = read_response(self.dialect, relayed.body, _content_type(response)).observed()
            account.response = yield from account.judge_response(plan, reading, response.status)
        yield account.outcome(_complete(response.status, reading, relayed.size), relayed.body)

    def _collect(self, response: UpstreamResponse) -> Generator[Command, Any, bytes]:
        body: bytes = yield Collect(response)
        self.account.clock.lap("upstream")
        return body


def _unknown_endpoint() -> CallerError:
    return CallerError(404, "unknown_endpoint", "this gateway does not serve the endpoint")


def _content_type(response: UpstreamResponse) -> bytes:
    return next((value for name, value in response.headers if name == b"content-type"), b"")


def _complete(status: int, reading: Reading, size: int) -> Outcome:
    return Outcome(status, "complete", bytes_out=size, usage=reading.usage, finish=reading.finish)
