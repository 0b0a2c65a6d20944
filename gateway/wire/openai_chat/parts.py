"""Where the text is in messages and content parts; requests, responses and deltas share them."""

from gateway.core.segment import Kind, Role
from gateway.wire.read import (
    Reader,
    anything,
    by_type,
    control,
    each,
    fields,
    ignored,
    json_text,
    leaves,
    opaque,
    text,
    url,
    with_gap,
)
from gateway.wire.sink import Sink

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "developer",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
"""Their roles in our words; an unknown one speaks as a user, the least trusted."""

KINDS: dict[Role, Kind] = {"system": "system", "developer": "system", "tool": "tool_result"}


def spoken(sink: Sink, pointer: str, value: object) -> None:
    """Text of a kind that follows from who says it."""
    kind = KINDS.get(sink.role, "text")
    if isinstance(value, str):
        _said(sink, kind, pointer, value)
    elif value is not None:
        leaves(kind)(sink, pointer, value)


def _said(sink: Sink, kind: Kind, pointer: str, value: str) -> None:
    """A tool's answer may be JSON text, whose escapes would hide what it says."""
    if kind == "tool_result" and "\\" in value and value.lstrip()[:1] in ("{", "["):
        sink.embedded(kind, pointer, value)
    else:
        sink.segment(kind, pointer, value)


IMAGE: Reader = fields({"url": url, "detail": control})
FILE: Reader = fields({"file_data": ignored, "file_id": control, "filename": text("metadata")})

PART: Reader = by_type(
    {
        "text": fields({"type": ignored, "text": spoken}),
        "refusal": fields({"type": ignored, "refusal": text("refusal")}),
        "image_url": with_gap("image", fields({"type": ignored, "image_url": IMAGE})),
        "input_audio": with_gap("audio", fields({"type": ignored, "input_audio": ignored})),
        "file": with_gap("file", fields({"type": ignored, "file": FILE})),
    },
    unknown=with_gap("unknown_part", leaves("text", {"type": control})),
)

CONTENT: Reader = each(PART, other=spoken)

FUNCTION: Reader = fields({"name": text("name"), "arguments": json_text("tool_arguments")})
CUSTOM: Reader = fields({"name": text("name"), "input": text("tool_arguments")})
CALL: Reader = fields(
    {"id": control, "index": control, "type": control, "function": FUNCTION, "custom": CUSTOM}
)

# Some providers sign the details of reasoning or encrypt them; either way they cannot be edited.
REASONING_DETAILS: Reader = leaves(
    "reasoning", {"signature": ignored, "data": opaque("encrypted"), "type": control}, fixed=True
)

AUDIO: Reader = with_gap(
    "audio",
    fields({"id": control, "data": ignored, "expires_at": control, "transcript": text("text")}),
)

MESSAGE = {
    "role": control,
    "content": CONTENT,
    "name": text("name"),
    "refusal": text("refusal"),
    "reasoning": text("reasoning"),
    "reasoning_content": text("reasoning"),
    "reasoning_details": REASONING_DETAILS,
    "tool_calls": each(CALL),
    "tool_call_id": control,
    "function_call": FUNCTION,
    "audio": lambda sink, pointer, value: AUDIO(sink, pointer, value) if value else None,
    "annotations": anything,
}
"""The fields of a message, of either direction."""
