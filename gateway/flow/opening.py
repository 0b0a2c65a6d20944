"""Opening: a raw call becomes an exchange, or is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from gateway.core.errors import CallerError
from gateway.core.exchange import Destination, Exchange
from gateway.core.segment import Unscanned
from gateway.flow.call import Call
from gateway.providers.upstream import Routing, Upstream
from gateway.wire.body import flag, required_text, word
from gateway.wire.dialect import RequestView
from gateway.wire.forms import with_flags
from gateway.wire.gather import Gather
from gateway.wire.payload import Payload, read_payload
from gateway.wire.read import control

NOTHING = Payload({})
NO_BODY = RequestView(model="", stream=False, segments=(), unscanned=(), tools=(), parameters={})
UNSEEN = replace(NO_BODY, unscanned=(Unscanned("", "unknown_endpoint"),))


@dataclass(slots=True)
class Opened:
    """A call that is understood well enough to be judged."""

    exchange: Exchange
    view: RequestView
    payload: Payload
    """The parsed body; empty where the endpoint takes none."""

    upstreams: Sequence[Upstream]
    recorded: bool = True
    """Whether the route wants its records durable before anything goes on."""


def open_call(call: Call, routing: Routing, *, judged: bool) -> Opened:
    """Read the body strictly and find its route; its segments too, if it is to be judged.

    Raises:
        CallerError: malformed body (400), or nothing serves the model or the dialect (404).
    """
    if call.unknown:
        return _opened(call, NOTHING, UNSEEN, "", _same_family(call, routing))
    endpoint = call.endpoint
    payload = read_payload(endpoint.body, call.body, _content_type(call))
    view = _view(call, payload, judged=judged)
    if judged:
        view = _addressed(call, view)
    if endpoint.model == "none" or (endpoint.model == "optional" and not view.model):
        return _opened(call, payload, view, "", _same_family(call, routing))
    matched = routing.match(view.model, call.caller.tenant)
    if matched is None:
        raise CallerError(404, "model_not_found", "no route serves this model", "model")
    route, upstreams = matched
    opened = _opened(call, payload, view, route.pattern, upstreams)
    opened.recorded = route.audit == "required"
    return opened


def _view(call: Call, payload: Payload, *, judged: bool) -> RequestView:
    """What the body says; what it does not say, the path and the query do."""
    endpoint = call.endpoint
    if endpoint.body == "none":
        view = replace(NO_BODY, stream="true" in parse_qs(call.query).get("stream", ()))
    elif judged:
        view = endpoint.dialect.request(_deployed(call, payload))
        if endpoint.model == "path":
            _refuse_another_model(view.model, call.parts["model"])
    else:
        body = with_flags(payload.value) if endpoint.body == "multipart" else payload.value
        view = _glance(body, required=endpoint.model == "body" and "model" not in call.parts)
    return replace(view, model=call.parts["model"]) if "model" in call.parts else view


def _deployed(call: Call, payload: Payload) -> Mapping[str, Any]:
    """The body. Where the path names a deployment, that is the model, and the body need not name one."""
    if call.endpoint.model == "path" or "model" not in call.parts:
        return payload.value
    return {**payload.value, "model": call.parts["model"]}


def _refuse_another_model(named: str, asked: str) -> None:
    """A route was found for the path's model; who reads the body must not find another there."""
    if named not in ("", asked):
        raise CallerError(400, "model_mismatch", "the body names another model than the path", "/model")


def _addressed(call: Call, view: RequestView) -> RequestView:
    """The view, with what the address says beside plain words: that cannot be edited."""
    if not call.parts and not call.query:
        return view
    gather = Gather("user")
    for name, value in (*call.parts.items(), *parse_qsl(call.query)):
        for said in (name, value):
            control(gather, f"?{name}", said)
    if not gather.segments:
        return view
    first = len(view.segments)
    fresh = [s._replace(id=f"s{first + number}") for number, s in enumerate(gather.segments)]
    fixed = view.fixed.union(segment.pointer for segment in fresh)
    return replace(view, segments=(*view.segments, *fresh), fixed=fixed)


def _glance(body: Mapping[str, object], *, required: bool) -> RequestView:
    """What routing needs; every dialect says it in the same fields."""
    model = body.get("model")
    name = required_text(model, "/model") if required else word(model)
    return replace(NO_BODY, model=name, stream=flag(body.get("stream"), "/stream"))


def _content_type(call: Call) -> bytes:
    return next((value for name, value in call.headers if name == b"content-type"), b"")


def _same_family(call: Call, routing: Routing) -> Sequence[Upstream]:
    """A call that names no model goes to the tenant's upstreams of its own dialect."""
    family, tenant = call.endpoint.dialect.family, call.caller.tenant
    same = tuple(upstream for upstream in routing.reachable(tenant) if upstream.family == family)
    if not same:
        raise CallerError(404, "no_upstream", "no upstream speaks this dialect")
    return same


def _opened(
    call: Call,
    payload: Payload,
    view: RequestView,
    route: str,
    upstreams: Sequence[Upstream],
) -> Opened:
    exchange = Exchange(
        id=call.id,
        endpoint=call.endpoint.name,
        dialect=call.endpoint.dialect.name,
        caller=call.caller,
        model=view.model,
        route=route,
        destinations=tuple(
            Destination(upstream.name, upstream.dialect, upstream.labels) for upstream in upstreams
        ),
        stream=view.stream,
        parameters=view.parameters,
        tools=tuple(tool.name for tool in view.tools),
        body_bytes=len(call.body),
        received_ms=call.received_ms,
    )
    return Opened(exchange, view, payload, upstreams)
