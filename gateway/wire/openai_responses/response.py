"""The response bodies of responses: one of them, a list of items, a deletion, a count."""

from gateway.wire.body import member, word
from gateway.wire.dialect import ResponseView
from gateway.wire.openai_responses.items import ITEMS, TOOL
from gateway.wire.openai_responses.request import CONTROL, FORMAT, INSTRUCTIONS, PROMPT
from gateway.wire.read import Reader, Table, anything, control, each, fields, ignored, spoken_by
from gateway.wire.sink import Sink
from gateway.wire.views import response_view, unknown_shape


def _instructions(sink: Sink, pointer: str, value: object) -> None:
    """What the request said, again: text, or items."""
    reader = spoken_by("developer", ITEMS) if isinstance(value, list) else INSTRUCTIONS
    reader(sink, pointer, value)


ENVELOPE: Table = {
    **dict.fromkeys(CONTROL, control),
    "id": control,
    "object": control,
    "created_at": ignored,
    "completed_at": ignored,
    "model": control,
    "status": control,
    "usage": control,
    "incomplete_details": control,
    "error": anything,
    "instructions": _instructions,
    "prompt": PROMPT,
    "text": FORMAT,
    "tools": each(TOOL),
}
"""Fields around the output. Most of them repeat the request."""

RESPONSE: Reader = fields({**ENVELOPE, "output": ITEMS})
_LISTED: Reader = fields(
    {
        "object": control,
        "data": spoken_by("user", ITEMS),
        "first_id": control,
        "last_id": control,
        "has_more": ignored,
    }
)


def read_response(body: object) -> ResponseView:
    """Segments and usage of a parsed response. Never raises."""
    if isinstance(member(body, "output"), list):
        return response_view(body, RESPONSE, finish=finish(body))
    if isinstance(member(body, "data"), list):
        return response_view(body, _LISTED)
    if isinstance(body, dict) and "object" in body:
        return response_view(body, RESPONSE)
    return response_view(body, unknown_shape)


def finish(response: object) -> str:
    """Why it ended: what made it incomplete, or its status."""
    return word(member(response, "incomplete_details", "reason")) or word(member(response, "status"))
