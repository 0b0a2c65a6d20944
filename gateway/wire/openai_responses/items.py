"""Where the text is in the items of responses; requests, responses and events share them."""

from gateway.core.segment import Kind
from gateway.wire.body import member, word
from gateway.wire.openai_chat.parts import ROLES, spoken
from gateway.wire.openai_chat.response import tokens
from gateway.wire.read import (
    Reader,
    Table,
    anything,
    by_type,
    control,
    definition,
    definition_with,
    each,
    fields,
    ignored,
    json_text,
    leaves,
    opaque,
    spoken_by,
    text,
    url,
    with_gap,
)
from gateway.wire.sink import Sink

HISTORY_UNSEEN = "history_unseen"
"""Turns that the provider keeps, and that this request only refers to."""

TEMPLATE_UNSEEN = "template_unseen"
"""A prompt that the provider keeps, and that this request only names."""

# --- content parts ----------------------------------------------------------------------------------

_REASONING: Reader = fields({"type": ignored, "text": text("reasoning")})
_IMAGE: Reader = fields({"type": ignored, "detail": control, "file_id": control, "image_url": url})
_FILE: Table = {
    "type": ignored,
    "detail": control,
    "file_data": ignored,
    "file_id": control,
    "file_url": url,
    "filename": text("metadata"),
    "prompt_cache_breakpoint": control,
}

PART: Reader = by_type(
    {
        "input_text": fields({"type": ignored, "text": spoken, "prompt_cache_breakpoint": control}),
        "output_text": fields({"type": ignored, "text": spoken, "annotations": anything, "logprobs": tokens}),
        "text": fields({"type": ignored, "text": spoken}),
        "summary_text": _REASONING,
        "reasoning_text": _REASONING,
        "refusal": fields({"type": ignored, "refusal": text("refusal")}),
        "input_image": with_gap("image", _IMAGE),
        "computer_screenshot": with_gap("image", _IMAGE),
        "input_file": with_gap("file", fields(_FILE)),
        "input_audio": with_gap("audio", fields({"type": ignored, "input_audio": ignored})),
    },
    unknown=with_gap("unknown_part", leaves("text", {"type": control})),
)

CONTENT: Reader = each(PART, other=spoken)

# --- tools ------------------------------------------------------------------------------------------

# A secret that the provider's sandbox gives to one domain, and a skill that comes as an archive.
_WITHIN: Table = {
    "domain_secrets": each(fields({"value": ignored}, other=definition), other=definition),
    "source": with_gap("file", fields({"data": ignored}, other=definition)),
}
_DEFINITION: Reader = definition_with(_WITHIN)
_NAMED: Reader = fields({"type": ignored, "name": text("name")}, other=_DEFINITION)
_MCP: Table = {
    "type": ignored,
    "server_label": text("name"),
    "server_url": text("metadata"),
    "authorization": ignored,
    "headers": ignored,
}

_FLAT: Table = {"function": _NAMED, "custom": _NAMED, "mcp": fields(_MCP, other=_DEFINITION)}

TOOL: Reader = by_type(
    {
        **_FLAT,
        "namespace": fields(
            {"type": ignored, "name": text("name"), "tools": each(by_type(_FLAT, unknown=_DEFINITION))},
            other=_DEFINITION,
        ),
    },
    unknown=_DEFINITION,
)

# --- items ------------------------------------------------------------------------------------------

_AROUND: Table = {
    "type": control,
    "id": control,
    "call_id": control,
    "status": control,
    "role": control,
    "phase": control,
    "caller": control,
    "namespace": control,
    "agent": control,
    "created_by": control,
    "execution": control,
    "container_id": control,
    "approval_request_id": control,
    "fingerprint": control,
    "max_output_length": control,
    "name": text("name"),
    "server_label": text("name"),
}
"""Fields of items of every kind."""

_RESULT: Reader = spoken_by("tool", CONTENT)


def _item(table: Table, other: Kind = "metadata") -> Reader:
    return fields({**_AROUND, **table}, other=leaves(other, {"type": control}))


def _call(**table: Reader) -> Reader:
    """What the model wants done."""
    return spoken_by("assistant", _item(table, "tool_arguments"))


def _answer(**table: Reader) -> Reader:
    """What came of it."""
    return spoken_by("tool", _item(table, "tool_result"))


def _message(sink: Sink, pointer: str, value: object) -> None:
    speaker = ROLES.get(word(member(value, "role")), "user")
    spoken_by(speaker, _MESSAGE)(sink, pointer, value)


_MESSAGE: Reader = _item({"content": CONTENT})
_ARGUMENTS: Reader = leaves("tool_arguments", {"type": control})
_SOURCES: Reader = spoken_by(
    "tool", leaves("tool_result", {"type": control, "file_id": control, "score": ignored})
)
_LOG: Reader = by_type(
    {
        "logs": fields({"type": ignored, "logs": text("tool_result")}),
        "image": with_gap("image", fields({"type": ignored, "url": url})),
    },
    unknown=with_gap("unknown_part", leaves("tool_result")),
)
_PRINTED: Reader = leaves("tool_result", {"type": control})
_TOOLS: Reader = each(TOOL, other=definition)

_KNOWN: Table = {
    "message": _message,
    "function_call": _call(arguments=json_text("tool_arguments")),
    "function_call_output": _answer(output=CONTENT),
    "custom_tool_call": _call(input=text("tool_arguments")),
    "custom_tool_call_output": _answer(output=CONTENT),
    "reasoning": spoken_by(
        "assistant",
        _item(
            {"summary": each(PART), "content": each(PART), "encrypted_content": opaque("encrypted")},
            "reasoning",
        ),
    ),
    "compaction": _item({"encrypted_content": opaque("encrypted")}),
    "compaction_trigger": _item({}),
    "file_search_call": _call(queries=_ARGUMENTS, results=_SOURCES),
    "web_search_call": _call(action=_ARGUMENTS),
    "computer_call": _call(action=_ARGUMENTS, actions=_ARGUMENTS),
    "computer_call_output": _answer(output=PART),
    "code_interpreter_call": _call(
        code=text("tool_arguments"), outputs=spoken_by("tool", each(_LOG, other=_PRINTED))
    ),
    "image_generation_call": with_gap("image", spoken_by("assistant", _item({"result": ignored}, "text"))),
    "local_shell_call": _call(action=_ARGUMENTS),
    "local_shell_call_output": _answer(output=_PRINTED),
    "shell_call": _call(action=_ARGUMENTS, environment=_DEFINITION),
    "shell_call_output": _answer(output=_PRINTED),
    "apply_patch_call": _call(operation=_ARGUMENTS),
    "apply_patch_call_output": _answer(output=_PRINTED),
    "mcp_list_tools": _item({"tools": _TOOLS}),
    "mcp_approval_request": _call(arguments=json_text("tool_arguments")),
    "mcp_approval_response": _item({"approve": ignored, "reason": text("text")}),
    "mcp_call": _call(arguments=json_text("tool_arguments"), output=_RESULT, error=_RESULT),
    "tool_search_call": _call(arguments=json_text("tool_arguments")),
    "tool_search_output": _item({"tools": _TOOLS}),
    "additional_tools": _item({"tools": _TOOLS}),
    "program": _call(code=text("tool_arguments")),
    "program_output": _answer(result=_PRINTED),
    "item_reference": with_gap(HISTORY_UNSEEN, _item({})),
}

_BY_TYPE: Reader = by_type(_KNOWN, unknown=with_gap("unknown_part", leaves("text", {"type": control})))


def item(sink: Sink, pointer: str, value: object) -> None:
    """One item. The type of a message may be left out, and so may that of a reference."""
    if isinstance(value, dict) and value.get("type") is None:
        if "role" in value:
            _message(sink, pointer, value)
            return
        if value.keys() <= {"id", "type"}:
            _KNOWN["item_reference"](sink, pointer, value)
            return
    _BY_TYPE(sink, pointer, value)


ITEMS: Reader = each(item, other=spoken)
