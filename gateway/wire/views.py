"""Views of bodies that one reader reads from top to bottom."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from gateway.core.exchange import Usage
from gateway.core.segment import Role, Tool
from gateway.wire.body import count, flag, member, parameters, required_text, word
from gateway.wire.dialect import RequestView, ResponseView
from gateway.wire.gather import Gather
from gateway.wire.read import Reader, anything, with_gap

unknown_shape: Reader = with_gap("unknown_shape", anything)
"""A body that is not what its endpoint answers."""


def request_view(
    request: Mapping[str, object],
    reader: Reader,
    declared: AbstractSet[str],
    *,
    model: str | None = None,
    tools: tuple[Tool, ...] = (),
) -> RequestView:
    """A request as its reader finds it. ``model``: where it need not be in the body.

    Raises:
        CallerError: 400 ``invalid_type``.
    """
    gather = Gather("user")
    name = required_text(request.get("model"), "/model") if model is None else model
    stream = flag(request.get("stream"), "/stream")
    reader(gather, "", request)
    return RequestView(
        model=name,
        stream=stream,
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        tools=tools,
        parameters=parameters(request, declared),
        fixed=frozenset(gather.fixed),
    )


def response_view(
    body: object, reader: Reader, *, finish: str = "", role: Role = "assistant"
) -> ResponseView:
    """A response as its reader finds it. Never raises."""
    gather = Gather(role)
    reader(gather, "", body)
    return ResponseView(
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        usage=usage(member(body, "usage")),
        finish=finish,
        model=word(member(body, "model")),
        fixed=frozenset(gather.fixed),
    )


def usage(value: object) -> Usage:
    """Token counts by either of the names that OpenAI has for them."""
    return Usage(
        _either(value, "input_tokens", "prompt_tokens"), _either(value, "output_tokens", "completion_tokens")
    )


def _either(value: object, *names: str) -> int | None:
    return next((found for name in names if (found := count(member(value, name))) is not None), None)
