"""A caller that speaks OpenAI chat completions, an upstream that speaks Bedrock's Converse.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

import json
import re
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import quote

from gateway.core.errors import CallerError, UpstreamError
from gateway.providers.translation import envelopes
from gateway.providers.translation.eventstream import Message, messages
from gateway.providers.translation.library import Library
from gateway.providers.translation.saying import refuse_what_cannot_be_said
from gateway.providers.translation.sse import frame

Json = dict[str, Any]

_MAPPED: Final = frozenset(
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
    }
)
# litellm says others differently and remembers for the whole process what it made of them, so that one
# caller's name could come back to another.
_TOOL_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_FINISH: Final = {
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
}
_SAID: Final = ("role", "content", "reasoning_content", "tool_calls")
_FAULTS: Final = {
    "modelStreamErrorException": 502,
    "serviceUnavailableException": 503,
    "throttlingException": 429,
    "validationException": 400,
}


class OpenAIToBedrock:
    """One exchange."""

    def __init__(self, library: Library, asked: Json) -> None:
        refuse_what_cannot_be_said(asked, links=False)
        _refuse_other_names(asked)
        self._library = library
        self._model = str(asked["model"])
        self._usage = bool((asked.get("stream_options") or {}).get("include_usage"))
        self._config = library.bedrock_config()
        verb = "converse-stream" if asked.get("stream") else "converse"
        self.path = f"/model/{quote(self._model, safe='')}/{verb}"
        mapped = self._config.map_openai_params(self._wanted(asked), {}, self._model, drop_params=True)
        self._json_mode = bool(mapped.get("json_mode"))
        self._mapped: Json = mapped
        self.body: Json = self._config.transform_request(
            self._model, asked["messages"], dict(mapped), litellm_params={}, headers={}
        )
        self.headers: list[tuple[bytes, bytes]] = []

    def whole(self, answer: Json) -> Json:
        """The whole answer as a chat completion."""
        completion = self._config._transform_response(  # noqa: SLF001 - what needs no HTTP client of theirs
            model=self._model,
            response=SimpleNamespace(json=lambda: answer, headers={}, text=""),
            model_response=self._library.completion(),
            stream=False,
            logging_obj=None,
            optional_params={"json_mode": self._json_mode},
            api_key=None,
            data="",
            messages=[],
            encoding=None,
        ).model_dump(exclude_none=True)
        message = _message(completion["choices"][0]["message"])
        reason = _finish(answer.get("stopReason"), calls=bool(message.get("tool_calls")))
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        return {**_head("chat.completion", self._model), "choices": [choice], "usage": _counts(answer)}

    async def stream(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """The stream as chat completion chunks, closed by ``[DONE]``."""
        writer = _Writer(
            self._model,
            with_usage=self._usage,
            form=self._library.bedrock_form if self._json_mode else None,
        )
        async with aclosing(messages(chunks)) as arriving:
            async for message in arriving:
                if message.headers.get(":message-type") != "event":
                    yield frame(_fault(message))
                    yield b"data: [DONE]\n\n"
                    return
                for chunk in writer.write(message.headers.get(":event-type", ""), message.json()):
                    yield frame(chunk)
        if not writer.finished:
            raise UpstreamError("protocol", "The upstream's stream ended before its last event.")
        for chunk in writer.close():
            yield frame(chunk)
        yield b"data: [DONE]\n\n"

    def _wanted(self, asked: Json) -> Json:
        """The parameters to say. Reasoning is tuned only where litellm knows how the model wants it."""
        wanted = {name: value for name, value in asked.items() if name in _MAPPED and value is not None}
        if "reasoning_effort" not in self._config.get_supported_openai_params(self._model):
            wanted.pop("reasoning_effort", None)
        return wanted


class _Writer:
    """Says Converse's events as OpenAI says them: a role first, the usage last and only when asked for.

    ``form`` is the name of the tool under which litellm asks for structured output; its input is the text.
    """

    def __init__(self, model: str, *, with_usage: bool, form: str | None) -> None:
        self.finished = False
        self._with_usage = with_usage
        self._form = form
        self._usage: Json = {}
        self._head = _head("chat.completion.chunk", model)
        self._calls: dict[int, int] = {}
        """The block's index to the call's."""

        self._bare: set[int] = set()
        """Blocks of calls of which no argument has come."""

    def write(self, kind: str, event: Json) -> Iterator[Json]:
        """The chunks for one event; most events make one or none."""
        block = event.get("contentBlockIndex", 0)
        match kind:
            case "messageStart":
                yield self._chunk({"role": "assistant", "content": "", "refusal": None})
            case "contentBlockStart":
                yield from self._started(block, event.get("start") or {})
            case "contentBlockDelta":
                yield from self._went_on(block, event.get("delta") or {})
            case "contentBlockStop" if block in self._bare:  # a call without arguments
                yield self._argued(block, "{}")
            case "messageStop":
                self.finished = True
                yield self._chunk({}, _finish(event.get("stopReason"), calls=bool(self._calls)))
            case "metadata":
                self._usage = event

    def close(self) -> Iterator[Json]:
        """What follows the last event."""
        if self._with_usage:
            yield {**self._head, "choices": [], "usage": _counts(self._usage)}

    def _started(self, block: int, start: Json) -> Iterator[Json]:
        called = start.get("toolUse")
        if called and called["name"] != self._form:
            index = self._calls[block] = len(self._calls)
            self._bare.add(block)
            function = {"name": called["name"], "arguments": ""}
            call = {"index": index, "id": called["toolUseId"], "type": "function", "function": function}
            yield self._chunk({"tool_calls": [call]})

    def _went_on(self, block: int, delta: Json) -> Iterator[Json]:
        match delta:
            case {"text": str(text)} if text:
                yield self._chunk({"content": text})
            case {"toolUse": {"input": str(text)}} if text:
                yield self._argued(block, text) if block in self._calls else self._chunk({"content": text})
            case {"reasoningContent": {"text": str(text)}} if text:
                yield self._chunk({"reasoning_content": text})

    def _argued(self, block: int, text: str) -> Json:
        self._bare.discard(block)
        return self._chunk({"tool_calls": [{"index": self._calls[block], "function": {"arguments": text}}]})

    def _chunk(self, delta: Json, finish: str | None = None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head, "choices": [choice], **({"usage": None} if self._with_usage else {})}


def _refuse_other_names(asked: Json) -> None:
    called = [call for message in asked["messages"] for call in message.get("tool_calls") or ()]
    for tool in (*(asked.get("tools") or ()), *called):
        if not _TOOL_NAME.fullmatch(tool["function"]["name"]):
            message = "The model is served by Bedrock: names of tools are letters, digits, '_' and '-'."
            raise CallerError(400, "unsupported_parameter", message, "tools")


def _head(kind: str, model: str) -> Json:
    """Converse gives its answers no id."""
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
    }


def _message(said: Json) -> Json:
    """What a message says, without litellm's own fields, which no SDK knows."""
    kept = {name: said[name] for name in _SAID if said.get(name)}
    for call in kept.get("tool_calls") or ():
        call.pop("index", None)  # belongs to streams
    return {"content": None, "refusal": None, **kept}


def _finish(reason: object, *, calls: bool) -> str:
    """Why the model stopped. A tool that only gave the answer its form was not called."""
    finish = _FINISH.get(str(reason), "stop")
    return "stop" if finish == "tool_calls" and not calls else finish


def _counts(said: Json) -> Json:
    usage = said.get("usage") or {}
    read = sum(int(usage.get(name) or 0) for name in ("cacheReadInputTokens", "cacheWriteInputTokens"))
    asked, answered = int(usage.get("inputTokens") or 0) + read, int(usage.get("outputTokens") or 0)
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


def _fault(message: Message) -> Json:
    """An exception that was reported inside the stream, or an error below the level of the service."""
    kind = message.headers.get(":exception-type", "")
    try:
        said = json.loads(message.payload)
    except ValueError:
        said = {"message": message.headers.get(":error-message", "")}
    return envelopes.openai(_FAULTS.get(kind, 500), said if isinstance(said, dict) else {})
