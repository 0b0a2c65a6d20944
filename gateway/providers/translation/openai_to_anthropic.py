"""A caller that speaks OpenAI chat completions, an upstream that speaks Anthropic messages."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any

from gateway.core.errors import UpstreamError
from gateway.providers.translation import envelopes
from gateway.providers.translation.library import Library
from gateway.providers.translation.saying import refuse_what_cannot_be_said
from gateway.providers.translation.sse import events, frame

Json = dict[str, Any]

_MAPPED = frozenset(
    {
        "max_completion_tokens",
        "max_tokens",
        "parallel_tool_calls",
        "reasoning_effort",
        "response_format",
        "stop",
        "temperature",
        "tool_choice",
        "tools",
        "top_p",
        "user",
    }
)


class OpenAIToAnthropic:
    """One exchange."""

    path = "/messages"

    def __init__(self, library: Library, asked: Json) -> None:
        refuse_what_cannot_be_said(asked, links=True)
        self._library = library
        self._usage = bool((asked.get("stream_options") or {}).get("include_usage"))
        self._config = library.anthropic_config()
        self._internal: Json = {}
        headers: dict[str, str] = {}
        wanted = {name: value for name, value in asked.items() if name in _MAPPED and value is not None}
        mapped = self._config.map_openai_params(wanted, {}, asked["model"], drop_params=True)
        self._json_mode = bool(mapped.pop("json_mode", False))
        self.body: Json = self._config.transform_request(
            asked["model"], asked["messages"], mapped, self._internal, headers
        )
        if asked.get("stream"):
            self.body["stream"] = True
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    def whole(self, answer: Json) -> Json:
        """The whole answer as a chat completion."""
        completion = self._config.transform_parsed_response(
            answer,
            SimpleNamespace(headers={}, status_code=200),
            self._library.completion(),
            json_mode=self._json_mode,
            tool_name_reverse_map=self._names(),
        ).model_dump(exclude_none=True)
        message = completion["choices"][0]["message"]
        for name in ("provider_specific_fields", "thinking_blocks"):  # litellm's own, known to no SDK
            message.pop(name, None)
        for call in message.get("tool_calls") or ():
            call.pop("index", None)  # belongs to streams
        message.setdefault("content", None)
        message.setdefault("refusal", None)
        return {**completion, "id": "chatcmpl-" + str(answer.get("id", "")), "object": "chat.completion"}

    async def stream(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """The stream as chat completion chunks, closed by ``[DONE]``."""
        parser = self._library.anthropic_events(
            None, sync_stream=False, json_mode=self._json_mode, tool_name_reverse_map=self._names()
        )
        writer = _Writer(with_usage=self._usage)
        async with aclosing(events(chunks)) as arriving:
            async for event in arriving:
                if event.get("type") == "error":
                    yield frame(envelopes.openai(500, event.get("error") or {}))
                    break
                for chunk in writer.write(event, parser.chunk_parser(event)):
                    yield frame(chunk)
                if event.get("type") == "message_stop":
                    break
            else:
                raise UpstreamError("protocol", "The upstream's stream ended before its last event.")
        yield b"data: [DONE]\n\n"

    def _names(self) -> dict[str, str] | None:
        return next((value for key, value in self._internal.items() if "reverse_map" in key), None)


class _Writer:
    """Says litellm's chunks as OpenAI says them: a role first, the usage last and only when asked for."""

    def __init__(self, *, with_usage: bool) -> None:
        self._with_usage = with_usage
        self._usage: Json = {}
        self._head: Json = {"object": "chat.completion.chunk", "created": int(time.time())}

    def write(self, event: Json, parsed: Any) -> Iterator[Json]:  # noqa: ANN401 - litellm's type
        """The chunks for one event; most events make one or none."""
        if parsed.usage is not None:
            self._usage = parsed.usage.model_dump(exclude_none=True)
        match event.get("type"):
            case "message_start":
                message = event["message"]
                self._head |= {"id": f"chatcmpl-{message['id']}", "model": message["model"]}
                yield self._chunk({"role": "assistant", "content": "", "refusal": None})
            case "message_stop":
                if self._with_usage:
                    yield {**self._head, "choices": [], "usage": self._usage}
            case _:
                choice = parsed.choices[0]
                delta = _delta(choice.delta)
                finish = choice.finish_reason or None
                if delta or finish:
                    yield self._chunk(delta, finish)

    def _chunk(self, delta: Json, finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head, "choices": [choice], **({"usage": None} if self._with_usage else {})}


def _delta(delta: Any) -> Json:  # noqa: ANN401 - litellm's type
    said = delta.model_dump(exclude_none=True)
    kept = ("content", "tool_calls", "reasoning_content")
    return {name: said[name] for name in kept if said.get(name)}
