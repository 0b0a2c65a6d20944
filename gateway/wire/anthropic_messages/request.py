"""The request body of messages."""

from gateway.core.segment import Role, Tool
from gateway.wire.anthropic_messages.blocks import content
from gateway.wire.body import (
    flag,
    items,
    member,
    parameters,
    required_list,
    required_object,
    required_text,
    word,
)
from gateway.wire.dialect import RequestView
from gateway.wire.gather import Gather
from gateway.wire.read import (
    Reader,
    anything,
    control,
    definition,
    each,
    fields,
    ignored,
    schema,
    spoken_by,
    text,
)
from gateway.wire.sink import Sink

CONTROL = frozenset(
    [
        "betas",
        "billing_policy",
        "cache_control",
        "compaction",
        "container",
        "context_management",
        "diagnostics",
        "fallbacks",
        "inference_geo",
        "max_tokens",
        "service_tier",
        "speed",
        "temperature",
        "thinking",
        "tool_choice",
        "top_k",
        "top_p",
        "user_profile_id",
        "workspace_id",
    ]
)
"""Fields that steer and do not speak."""

_ROLES: dict[str, Role] = {"assistant": "assistant", "system": "system"}

_TOOL: Reader = fields(
    {
        "type": control,
        "name": text("name"),
        "cache_control": control,
        "mcp_server_name": text("name"),
    },
    other=definition,
)
_MCP_SERVER: Reader = fields(
    {
        "type": control,
        "name": text("name"),
        # A credential that is meant for the provider, not for a detector.
        "authorization_token": ignored,
    }
)


def _messages(sink: Sink, pointer: str, value: object) -> None:
    for index, message in enumerate(required_list(value, pointer)):
        _message(sink, f"{pointer}/{index}", required_object(message, f"{pointer}/{index}"))


def _message(sink: Sink, pointer: str, message: dict[str, object]) -> None:
    role = required_text(message.get("role"), f"{pointer}/role")
    _checked_content(message.get("content"), f"{pointer}/content")
    sink.role = _ROLES.get(role, "user")
    _MESSAGE(sink, pointer, message)
    sink.role = "user"


def _checked_content(value: object, pointer: str) -> None:
    """Content is a string or a list of blocks; anything else is refused."""
    if not isinstance(value, str):
        for index, part in enumerate(required_list(value, pointer)):
            required_object(part, f"{pointer}/{index}")


def _thread(sink: Sink, pointer: str, value: object) -> None:
    """A conversation that the provider keeps: what was said before does not pass by here."""
    if member(value, "previous_message_id") is not None:
        sink.gap(pointer, "history_unseen")
    control(sink, pointer, value)


_MESSAGE: Reader = fields({"role": control, "content": content, "clear_at": control, "output_config": schema})

_REQUEST: Reader = fields(
    {
        **dict.fromkeys(CONTROL, control),
        "model": control,
        "stream": ignored,
        "fallback_credit_token": ignored,
        "messages": _messages,
        "thread": _thread,
        "system": spoken_by("system", content),
        "tools": each(_TOOL),
        "mcp_servers": each(_MCP_SERVER),
        "output_config": schema,
        "output_format": schema,
        "metadata": anything,
        "stop_sequences": anything,
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
    if request.get("system") is not None:
        _checked_content(request["system"], "/system")
    tools = _tools(request)
    gather = Gather("user")
    _REQUEST(gather, "", request)
    return RequestView(
        model=model,
        stream=stream,
        segments=tuple(gather.segments),
        unscanned=tuple(gather.gaps),
        tools=tools,
        parameters=parameters(request, CONTROL) | _fallbacks(request.get("fallbacks")),
        fixed=frozenset(gather.fixed),
    )


def _fallbacks(value: object) -> dict[str, object]:
    """Models that may answer in place of the one asked for: as much a choice of model as that."""
    models = [word(member(fallback, "model")) for fallback in items(value)]
    return {"fallbacks": ",".join(models)} if models else {}


def _tools(request: dict[str, object]) -> tuple[Tool, ...]:
    """Tools of the request, and those that a message adds on the way."""
    offered = required_list(request.get("tools") or [], "/tools")
    return (
        *(
            Tool(_tool_name(required_object(tool, f"/tools/{index}")), f"/tools/{index}")
            for index, tool in enumerate(offered)
        ),
        *(
            Tool(_tool_name(added), f"/messages/{index}/content/{position}")
            for index, message in enumerate(items(request.get("messages")))
            for position, part in enumerate(items(member(message, "content")))
            if isinstance(added := member(part, "tool", "definition"), dict)
        ),
    )


def _tool_name(tool: dict[str, object]) -> str:
    """A tool without a name is one of the provider's own, and goes by its type."""
    return word(tool.get("name")) or word(tool.get("type"))
