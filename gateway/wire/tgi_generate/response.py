"""The response body of TGI's generate: an object, or a list with one for the older interface."""

from gateway.core.exchange import Usage
from gateway.wire.body import count, items, member, word
from gateway.wire.dialect import ResponseView
from gateway.wire.gather import Gather
from gateway.wire.read import Reader, anything, control, each, fields, ignored, text, with_gap
from gateway.wire.sink import Sink


def tokens(sink: Sink, pointer: str, value: object) -> None:
    """Tokens repeat the text. They are read as one text, and cannot be edited: a redacted answer whose
    tokens still spelled the secret would leak."""
    spelled = [word(member(token, "text")) for token in items(value)]
    sink.segment("metadata", pointer, "".join(spelled), fixed=True)


_SEQUENCE = {
    "generated_text": text("text"),
    "finish_reason": control,
    "generated_tokens": ignored,
    "input_length": ignored,
    "seed": ignored,
    "prefill": tokens,
    "tokens": tokens,
    "top_tokens": ignored,
}
DETAILS: Reader = fields({**_SEQUENCE, "best_of_sequences": each(fields(_SEQUENCE))})
_ANSWER: Reader = fields({"generated_text": text("text"), "details": DETAILS})
_UNKNOWN: Reader = with_gap("unknown_shape", anything)


def read_response(body: object) -> ResponseView:
    """Segments and usage of a parsed response. Never raises."""
    gather = Gather("assistant")
    first = body[0] if isinstance(body, list) and body else body
    known = isinstance(member(first, "generated_text"), str)
    (each(_ANSWER, other=_ANSWER) if known else _UNKNOWN)(gather, "", body)
    return ResponseView(
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        usage=usage(member(first, "details")),
        finish=word(member(first, "details", "finish_reason")),
        fixed=frozenset(gather.fixed),
    )


def usage(details: object) -> Usage:
    """Token counts. A whole answer tells those of the prompt only by listing them."""
    prefill = items(member(details, "prefill"))
    asked = count(member(details, "input_length"))
    return Usage(
        len(prefill) if asked is None and prefill else asked, count(member(details, "generated_tokens"))
    )
