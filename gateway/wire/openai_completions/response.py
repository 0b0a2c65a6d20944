"""The response body of completions."""

from gateway.wire.body import items, member, word
from gateway.wire.dialect import ResponseView
from gateway.wire.read import Reader, Table, anything, control, each, fields, ignored, text
from gateway.wire.sink import Sink
from gateway.wire.views import response_view, unknown_shape


def tokens(sink: Sink, pointer: str, value: object) -> None:
    """They repeat the text, token by token: read as one, and not to be edited."""
    sink.segment("metadata", pointer, "".join(word(token) for token in items(value)), fixed=True)


LOGPROBS: Reader = fields(
    {"tokens": tokens, "token_logprobs": ignored, "text_offset": ignored, "top_logprobs": ignored}
)

CHOICE: Table = {"index": ignored, "finish_reason": control, "content_filter_results": control}
"""Fields of a choice, of a whole response and of a chunk, beside its text."""

ENVELOPE: Table = {
    "id": control,
    "object": control,
    "created": ignored,
    "model": control,
    "prompt_filter_results": control,
    "system_fingerprint": control,
    "usage": control,
}
"""Fields around the choices."""

_CHOICE: Reader = fields({**CHOICE, "text": text("text"), "logprobs": LOGPROBS})
_RESPONSE: Reader = fields({**ENVELOPE, "choices": each(_CHOICE)}, other=anything)


def read_response(body: object) -> ResponseView:
    """Segments and usage of a parsed response. Never raises."""
    choices = member(body, "choices")
    if not isinstance(choices, list):
        return response_view(body, unknown_shape)
    return response_view(body, _RESPONSE, finish=word(member(choices[0], "finish_reason")) if choices else "")
