"""LiteLLM's generic guardrail API: the same policy for those who run LiteLLM's proxy.

Whoever asks is known by a key of the gateway's own, as every caller; where LiteLLM's own caller stands
(team, organisation, alias of the key) becomes attributes that rules may read. Everything but an unknown
key, a wrong method and a gateway that is not ready is answered with HTTP 200, because LiteLLM can be told
to let calls pass when it gets anything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.core.decision import Answer, Decision
from gateway.core.errors import CallerError
from gateway.core.exchange import Caller, Exchange
from gateway.flow.assessing import Assessment, assess, refuse
from gateway.flow.commands import Flow, Reply
from gateway.flow.obligations import Changes
from gateway.policy.plan import Plan
from gateway.server.body import Departed, read_body
from gateway.server.driver import Driver, Send, Services
from gateway.server.identity import Identity
from gateway.server.ids import Ids, now_ms
from gateway.server.proxy import Governing, Scope
from gateway.server.watch import Receive
from gateway.wire.body import items
from gateway.wire.dialect import Envelope
from gateway.wire.envelopes import denial_sentence
from gateway.wire.litellm_guardrail import DIALECT, ENDPOINT
from gateway.wire.litellm_guardrail.answer import Errors, blocked, changed, unchanged
from gateway.wire.litellm_guardrail.question import Question, question
from gateway.wire.splice import splice
from gateway.wire.strict import parse_object


@dataclass(frozen=True, slots=True)
class Guardrail:
    """The ASGI application of that one route."""

    services: Services
    governing: Governing
    identity: Identity
    ids: Ids
    body_limit: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one question."""
        received = now_ms()
        exchange = Exchange(self.ids.next(received), ENDPOINT, DIALECT, Caller(), received_ms=received)
        try:
            exchange = replace(exchange, caller=self._caller(scope))
        except CallerError as error:
            _, policy = self.governing.current(exchange.caller)
            driver = Driver(self.services, policy, receive, send)
            await driver.drive(_only(Errors().refusal(error, exchange.id)))
            return
        governance, policy = self.governing.current(exchange.caller)
        driver = Driver(self.services, policy, receive, send)
        try:
            body = await read_body(receive, scope["headers"], self.body_limit)
            flow = assess(_assessment(exchange, body), governance)
        except CallerError as error:
            flow = refuse(exchange, Asking(exchange.id, {}, b""), error)
        except Departed:
            return
        await driver.drive(flow)

    def _caller(self, scope: Mapping[str, Any]) -> Caller:
        if scope["method"] != "POST":
            raise CallerError(405, "method_not_allowed", "the guardrail is asked with POST")
        return self.identity.caller(scope["headers"])


@dataclass(frozen=True, slots=True)
class Asking:
    """LiteLLM, waiting for an answer about one body."""

    id: str
    members: Mapping[str, object]
    body: bytes
    streams: bool = False
    """Whether the texts may be a stream's, so far."""

    def released(self, changes: Changes, plan: Plan) -> Envelope | None:
        """It may pass, changed as said."""
        if not changes:
            return unchanged(self._holdback(self.members, plan))
        after = parse_object(splice(self.body, changes.edits, changes.removals))
        return changed(self.members, after, self._holdback(after, plan))

    def stopped(self, decision: Decision) -> Envelope:
        """It must not pass."""
        if decision.answer is Answer.ERROR_CLOSED:
            return self.failed("check_unavailable", "a required check could not run")
        reason = denial_sentence(decision.reason, decision.stopping_rule)
        return blocked(reason, decision_id=self.id, code=decision.stopping_rule)

    def failed(self, code: str, message: str) -> Envelope:
        """Nothing could be decided, so it must not pass."""
        return blocked(f"Not checked, and so not released: {message}", decision_id=self.id, code=code)

    def _holdback(self, members: Mapping[str, object], plan: Plan) -> list[int] | None:
        """All of a text that may go on, unless the plan wants streams released at once: nobody knows yet
        what its end will turn out to be."""
        if not self.streams or plan.stream == "observe":
            return None
        return [len(str(text)) for text in items(members.get("texts"))]


def _assessment(exchange: Exchange, body: bytes) -> Assessment:
    members = parse_object(body)
    asked = question(members)
    asking = Asking(exchange.id, members, body, streams=asked.phase == "response")
    return Assessment(asked.phase, _known(exchange, asked, len(body)), asked.view, members, body, asking)


def _known(exchange: Exchange, asked: Question, size: int) -> Exchange:
    """The exchange, with what the question says of it."""
    attributes = {**asked.attributes, **exchange.caller.attributes}
    return replace(
        exchange,
        caller=replace(exchange.caller, attributes=attributes),
        model=asked.view.model,
        tools=tuple(tool.name for tool in asked.view.tools),
        body_bytes=size,
    )


def _only(envelope: Envelope) -> Flow:
    yield Reply(envelope.status, envelope.headers, envelope.body)
