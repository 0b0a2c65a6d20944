"""The request body of chat completions."""

from gateway.core.segment import Tool
from gateway.wire.body import flag, member, parameters, required_list, required_object, required_text, word
from gateway.wire.dialect import RequestView
from gateway.wire.gather import Gather
from gateway.wire.openai_chat.parts import CONTENT, MESSAGE, ROLES
from gateway.wire.read import (
    Reader,
    anything,
    by_type,
    control,
    definition,
    each,
    fields,
    ignored,
    schema,
    text,
)
from gateway.wire.sink import Sink

CONTROL = frozenset(
    [
        "frequency_penalty",
        "function_call",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "modalities",
        "moderation",
        "n",
        "parallel_tool_calls",
        "presence_penalty",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning_effort",
        "seed",
        "service_tier",
        "store",
        "stream_options",
        "temperature",
        "tool_choice",
        "top_logprobs",
        "top_p",
        "verbosity",
    ]
)
"""Fields that steer and do not speak."""

_TOOL: Reader = by_type(
    {
        "function": fields(
            {
                "type": ignored,
                "function": fields({"name": text("name"), "strict": ignored}, other=definition),
            },
            other=definition,
        ),
        "custom": fields(
            {"type": ignored, "custom": fields({"name": text("name")}, other=definition)},
            other=definition,
        ),
    },
    unknown=definition,
)


def _messages(sink: Sink, pointer: str, value: object) -> None:
    for index, message in enumerate(required_list(value, pointer)):
        _message(sink, f"{pointer}/{index}", required_object(message, f"{pointer}/{index}"))


def _message(sink: Sink, pointer: str, message: dict[str, object]) -> None:
    role = required_text(message.get("role"), f"{pointer}/role")
    content = message.get("content")
    if content is not None and not isinstance(content, str):
        for index, part in enumerate(required_list(content, f"{pointer}/content")):
            required_object(part, f"{pointer}/content/{index}")
    sink.role = ROLES.get(role, "user")
    _MESSAGE(sink, pointer, message)
    sink.role = "user"


_MESSAGE = fields(MESSAGE)

_REQUEST: Reader = fields(
    {
        **dict.fromkeys(CONTROL, control),
        "model": control,
        "stream": ignored,
        "messages": _messages,
        "tools": each(_TOOL),
        "functions": each(fields({"name": text("name")}, other=definition)),
        "response_format": schema,
        "prediction": fields({"type": control, "content": CONTENT}),
        "audio": control,
        "web_search_options": anything,
    }
)


def read_request(body: object) -> RequestView:
    """Segments, tools and parameters of a parsed request.

    Raises:
        CallerError: 400 ``invalid_type``.
    """
    request = required_object(body)
    model = required_text(request.get("model"), "/model")
    stream = flag(request.get("stream"), "/stream")
    required_list(request.get("messages"), "/messages")
    tools = _tools(request)
    gather = Gather("user")
    _REQUEST(gather, "", request)
    return RequestView(
        model=model,
        stream=stream,
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        tools=tools,
        parameters=parameters(request, CONTROL),
        fixed=frozenset(gather.fixed),
    )


def _tools(request: dict[str, object]) -> tuple[Tool, ...]:
    return tuple(
        Tool(_tool_name(required_object(tool, f"/{field}/{index}")), f"/{field}/{index}")
        for field in ("tools", "functions")
        if request.get(field) is not None
        for index, tool in enumerate(required_list(request[field], f"/{field}"))
    )


def _tool_name(tool: dict[str, object]) -> str:
    """A tool without a name is one of the provider's own, and goes by its type."""
    kind = word(tool.get("type"))
    return word(member(tool, kind, "name")) or word(tool.get("name")) or kind
