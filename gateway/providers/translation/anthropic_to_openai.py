"""A caller that speaks Anthropic messages, an upstream that speaks OpenAI chat completions."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

from gateway.core.errors import CallerError, UpstreamError
from gateway.providers.translation import envelopes
from gateway.providers.translation.library import Library
from gateway.providers.translation.sse import events, frame

Json = dict[str, Any]

_MAPPED = frozenset(
    {
        "max_tokens",
        "messages",
        "metadata",
        "model",
        "output_config",
        "output_format",
        "stop_sequences",
        "system",
        "temperature",
        "thinking",
        "tool_choice",
        "tools",
        "top_p",
    }
)
# The answer would lack what was asked for, so these are refused; other fields only tune and are dropped.
_REFUSED = ("container", "context_management", "mcp_servers")
_BLOCKS = frozenset({"text", "image", "tool_use", "tool_result", "thinking", "redacted_thinking"})


class AnthropicToOpenAI:
    """One exchange."""

    path = "/chat/completions"

    def __init__(self, library: Library, asked: Json) -> None:
        _refuse_what_cannot_be_said(asked)
        self._library = library
        self._model = str(asked["model"])
        self._adapter = library.anthropic_adapter()
        wanted = {name: value for name, value in asked.items() if name in _MAPPED and value is not None}
        self.body: Json
        self.body, self._names = self._adapter.translate_anthropic_to_openai(
            wanted, custom_llm_provider="openai"
        )
        if asked.get("stream"):
            self.body |= {"stream": True, "stream_options": {"include_usage": True}}
        self.headers: list[tuple[bytes, bytes]] = []

    def whole(self, answer: Json) -> Json:
        """The whole answer as a message."""
        completion = self._library.completion(**answer)
        message = self._adapter.translate_openai_response_to_anthropic(
            response=completion, tool_name_mapping=self._names
        )
        said = {name: value for name, value in message.items() if name != "stop_details" or value}
        return {**said, "id": "msg_" + str(answer.get("id", ""))}

    async def stream(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """The stream as Anthropic's events, each with its name."""
        async with aclosing(self._parsed(chunks)) as parsed:
            writer = self._library.anthropic_stream(parsed, model=self._model, tool_name_mapping=self._names)
            try:
                async for event in writer:
                    yield frame(event, event=event["type"])
            except _Reported as error:
                yield frame(envelopes.anthropic(500, error.said), event="error")

    async def _parsed(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[Any]:
        finished = False
        async with aclosing(events(chunks)) as arriving:
            async for event in arriving:
                if event.get("error"):
                    raise _Reported(event["error"])
                finished = finished or any(choice.get("finish_reason") for choice in event.get("choices", ()))
                yield self._library.chunk(**event)
        if not finished:
            raise UpstreamError("protocol", "The upstream's stream ended before its last event.")


class _Reported(Exception):
    """The upstream reported an error inside its stream. Goes through litellm's writer, which would
    otherwise close the message as if it were complete.
    """

    def __init__(self, said: object) -> None:
        super().__init__()
        self.said: Json = said if isinstance(said, dict) else {}


def _refuse_what_cannot_be_said(asked: Json) -> None:
    for name in _REFUSED:
        if asked.get(name):
            raise _unsupported(name)
    if any(tool.get("type", "custom") != "custom" for tool in asked.get("tools") or ()):
        raise _unsupported("tools")
    for message in asked["messages"]:
        match message.get("content"):
            case str():
                continue
            case list(blocks) if all(block.get("type") in _BLOCKS for block in blocks):
                continue
            case _:
                raise _unsupported("messages")


def _unsupported(name: str) -> CallerError:
    message = f"The model is served by another provider, to which this {name!r} cannot be translated."
    return CallerError(400, "unsupported_parameter", message, name)
