"""Opening: a raw call becomes an exchange, or is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.core.errors import CallerError
from gateway.core.exchange import Destination, Exchange
from gateway.core.segment import Unscanned
from gateway.flow.call import Call
from gateway.providers.upstream import Routing, Upstream
from gateway.wire.body import flag, required_text
from gateway.wire.dialect import RequestView
from gateway.wire.strict import parse_object

NO_BODY = RequestView(model="", stream=False, segments=(), unscanned=(), tools=(), parameters={})

UNSEEN = replace(NO_BODY, unscanned=(Unscanned("", "unknown_endpoint"),))


@dataclass(slots=True)
class Opened:
    """A call that is understood well enough to be judged."""

    exchange: Exchange
    view: RequestView
    body: Mapping[str, object]
    """The parsed body; empty where the method has none."""

    upstreams: Sequence[Upstream]


def open_call(call: Call, routing: Routing, *, judged: bool) -> Opened:
    """Read the body strictly and find its route; its segments too, if it is to be judged.

    Raises:
        CallerError: malformed body (400), or nothing serves the model or the dialect (404).
    """
    if call.unknown:
        return _opened(call, {}, UNSEEN, "", _same_family(call, routing))
    if call.method == "GET":
        if call.body:
            raise CallerError(400, "unexpected_body", "this endpoint takes no body")
        return _opened(call, {}, NO_BODY, "", _same_family(call, routing))
    body = parse_object(call.body)
    view = call.endpoint.dialect.request(body) if judged else _glance(body)
    matched = routing.match(view.model, call.caller.tenant)
    if matched is None:
        raise CallerError(404, "model_not_found", "no route serves this model", "model")
    route, upstreams = matched
    return _opened(call, body, view, route.pattern, upstreams)


def _glance(body: Mapping[str, object]) -> RequestView:
    """What routing needs; both dialects say it in the same fields."""
    model = required_text(body.get("model"), "/model")
    return RequestView(model, flag(body.get("stream"), "/stream"), (), (), (), {})


def _same_family(call: Call, routing: Routing) -> Sequence[Upstream]:
    """A call without a model (a listing) goes to the tenant's upstreams of its own dialect."""
    family, tenant = call.endpoint.dialect.family, call.caller.tenant
    same = tuple(upstream for upstream in routing.reachable(tenant) if upstream.dialect == family)
    if not same:
        raise CallerError(404, "no_upstream", "no upstream speaks this dialect")
    return same


def _opened(
    call: Call,
    body: Mapping[str, object],
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
    return Opened(exchange, view, body, upstreams)
