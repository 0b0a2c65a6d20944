"""The response body of chat completions."""

from gateway.core.exchange import Usage
from gateway.wire.body import count, items, member, word
from gateway.wire.dialect import ResponseView
from gateway.wire.gather import Gather
from gateway.wire.openai_chat.parts import MESSAGE
from gateway.wire.read import Reader, anything, control, each, fields, ignored, with_gap
from gateway.wire.sink import Sink


def tokens(sink: Sink, pointer: str, value: object) -> None:
    """Log probabilities repeat the text token by token. They are read as one text, and cannot be
    edited: a redacted answer whose tokens still spelled the secret would leak."""
    chosen = [word(member(token, "token")) for token in items(value)]
    sink.segment("metadata", pointer, "".join(chosen), fixed=True)


LOGPROBS: Reader = fields({"content": tokens, "refusal": tokens})

_CHOICE: Reader = fields(
    {
        "index": ignored,
        "finish_reason": control,
        "message": fields(MESSAGE),
        "logprobs": LOGPROBS,
        "content_filter_results": control,
    }
)

ENVELOPE = {
    "id": control,
    "object": control,
    "created": ignored,
    "model": control,
    "service_tier": control,
    "system_fingerprint": control,
    "moderation": control,
    "prompt_filter_results": control,
    "usage": control,
}
"""Fields around the choices, of a whole response and of a chunk."""

_RESPONSE: Reader = fields({**ENVELOPE, "choices": each(_CHOICE)}, other=anything)
_UNKNOWN: Reader = with_gap("unknown_shape", anything)


def read_response(body: object) -> ResponseView:
    """Segments and usage of a parsed response. Never raises."""
    gather = Gather("assistant")
    reader = _RESPONSE if isinstance(member(body, "choices"), list) else _UNKNOWN
    reader(gather, "", body)
    choices = items(member(body, "choices"))
    return ResponseView(
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        usage=usage(member(body, "usage")),
        finish=word(member(choices[0], "finish_reason")) if choices else "",
        model=word(member(body, "model")),
        fixed=frozenset(gather.fixed),
    )


def usage(value: object) -> Usage:
    """Token counts, where they are given."""
    return Usage(count(member(value, "prompt_tokens")), count(member(value, "completion_tokens")))
