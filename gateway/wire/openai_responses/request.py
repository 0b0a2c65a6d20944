"""The request body of responses."""

from collections.abc import Iterator

from gateway.core.errors import CallerError
from gateway.core.segment import Tool
from gateway.wire.body import items, member, required_list, required_object, required_text, word
from gateway.wire.dialect import RequestView
from gateway.wire.openai_responses.items import (
    HISTORY_UNSEEN,
    ITEMS,
    PART,
    TEMPLATE_UNSEEN,
    TOOL,
)
from gateway.wire.read import (
    Reader,
    control,
    each,
    fields,
    ignored,
    schema,
    spoken_by,
    text,
    with_gap,
)
from gateway.wire.sink import Sink
from gateway.wire.views import request_view

CONTROL = frozenset(
    [
        "background",
        "context_management",
        "conversation",
        "include",
        "max_output_tokens",
        "max_tool_calls",
        "moderation",
        "parallel_tool_calls",
        "previous_response_id",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
        "service_tier",
        "store",
        "stream_options",
        "temperature",
        "tool_choice",
        "top_logprobs",
        "top_p",
        "truncation",
    ]
)
"""Fields that steer and do not speak."""


def _variable(sink: Sink, pointer: str, value: object) -> None:
    """A value for a place in a stored prompt: text, or a part."""
    reader = PART if isinstance(value, dict) else text("text")
    reader(sink, pointer, value)


def _variables(sink: Sink, pointer: str, value: object) -> None:
    names = value if isinstance(value, dict) else {"": value}
    fields(dict.fromkeys(names, _variable))(sink, pointer, value)


PROMPT: Reader = fields({"id": control, "version": control, "variables": _variables})

INSTRUCTIONS: Reader = spoken_by("developer", text("system"))

FORMAT: Reader = fields({"format": schema, "verbosity": control})

_REQUEST: Reader = fields(
    {
        **dict.fromkeys(CONTROL, control),
        "model": control,
        "stream": ignored,
        "input": ITEMS,
        "instructions": INSTRUCTIONS,
        "previous_response_id": with_gap(HISTORY_UNSEEN, control),
        "conversation": with_gap(HISTORY_UNSEEN, control),
        "prompt": with_gap(TEMPLATE_UNSEEN, PROMPT),
        "text": FORMAT,
        "tools": each(TOOL),
    }
)


def read_request(body: object) -> RequestView:
    """Segments, tools and parameters of a parsed request.

    Raises:
        CallerError: 400 ``invalid_type``.
    """
    request = required_object(body)
    _check_input(request.get("input"))
    model = request.get("model")
    return request_view(
        request,
        _REQUEST,
        CONTROL,
        model="" if model is None else required_text(model, "/model"),
        tools=tuple(_tools(request)),
    )


def _check_input(given: object) -> None:
    if given is None or isinstance(given, str):
        return
    for index, entry in enumerate(required_list(given, "/input")):
        found = required_object(entry, f"/input/{index}")
        content = found.get("content")
        if "role" in found and not isinstance(content, str | list | None):
            raise CallerError(
                400, "invalid_type", "content must be a string or a list", f"/input/{index}/content"
            )


def _tools(request: dict[str, object]) -> Iterator[Tool]:
    """The tools that are offered, here or by an item of the input."""
    if request.get("tools") is not None:
        yield from _listed(required_list(request["tools"], "/tools"), "/tools")
    for index, entry in enumerate(items(request.get("input"))):
        yield from _listed(items(member(entry, "tools")), f"/input/{index}/tools")


def _listed(tools: list[object], pointer: str) -> Iterator[Tool]:
    for index, tool in enumerate(tools):
        found = required_object(tool, f"{pointer}/{index}")
        yield Tool(_tool_name(found), f"{pointer}/{index}")
        yield from _listed(items(found.get("tools")), f"{pointer}/{index}/tools")


def _tool_name(tool: dict[str, object]) -> str:
    """A tool without a name is one of the provider's own, and goes by its type."""
    return word(tool.get("name")) or word(member(tool, "function", "name")) or word(tool.get("type"))
