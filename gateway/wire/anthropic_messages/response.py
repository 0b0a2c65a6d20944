"""The response body of messages."""

from gateway.core.exchange import Usage
from gateway.wire.anthropic_messages.blocks import block
from gateway.wire.body import count, member, total, word
from gateway.wire.dialect import ResponseView
from gateway.wire.gather import Gather
from gateway.wire.read import Reader, Table, anything, control, each, fields, with_gap

ENVELOPE: Table = {
    "id": control,
    "type": control,
    "role": control,
    "model": control,
    "container": control,
    "context_management": control,
    "diagnostics": control,
    "input_transformations": control,
    "stop_reason": control,
    "stop_sequence": anything,
    "stop_details": control,
    "usage": control,
}
"""Fields around the content, of a whole message and of a stream's beginning."""

MESSAGE: Reader = fields({**ENVELOPE, "content": each(block)})
_UNKNOWN: Reader = with_gap("unknown_shape", anything)


def read_response(body: object) -> ResponseView:
    """Segments and usage of a parsed response. Never raises."""
    gather = Gather("assistant")
    reader = MESSAGE if isinstance(member(body, "content"), list) else _UNKNOWN
    reader(gather, "", body)
    return ResponseView(
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        usage=usage(member(body, "usage")),
        finish=word(member(body, "stop_reason")),
        model=word(member(body, "model")),
        fixed=frozenset(gather.fixed),
    )


def read_count(body: object) -> ResponseView:
    """A count of tokens, and whatever else is told. Never raises."""
    gather = Gather("assistant")
    control(gather, "", body)
    return ResponseView(
        segments=tuple(gather.segments),
        usage=Usage(count(member(body, "input_tokens"))),
        fixed=frozenset(gather.fixed),
    )


def usage(value: object) -> Usage:
    """Token counts. Tokens read from or written to the cache are input as well."""
    names = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return Usage(
        total(*(count(member(value, name)) for name in names)),
        count(member(value, "output_tokens")),
    )
