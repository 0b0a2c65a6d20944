"""A caller that speaks OpenAI chat completions, an upstream that speaks Gemini."""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from gateway.core.errors import UpstreamError
from gateway.providers.translation import envelopes
from gateway.providers.translation.library import Library
from gateway.providers.translation.saying import refuse_what_cannot_be_said
from gateway.providers.translation.sse import events, frame

Json = dict[str, Any]

_MAPPED = frozenset(
    {
        "frequency_penalty",
        "max_completion_tokens",
        "max_tokens",
        "presence_penalty",
        "reasoning_effort",
        "response_format",
        "seed",
        "stop",
        "temperature",
        "tool_choice",
        "tools",
        "top_p",
    }
)
_SAID = ("role", "content", "refusal", "reasoning_content", "tool_calls")
_SIGNATURE = "__thought__"
_CALLED = ("index", "id", "type", "function")
# litellm reads options of the call from its logger; there are none.
_NO_LOGGER = SimpleNamespace(optional_params={})
_NO_ANSWER = SimpleNamespace(headers={}, status_code=200)


class OpenAIToGemini:
    """One exchange."""

    def __init__(self, library: Library, asked: Json) -> None:
        refuse_what_cannot_be_said(asked, links=False)
        self._library = library
        self._model = str(asked["model"])
        self._usage = bool((asked.get("stream_options") or {}).get("include_usage"))
        self._config = library.gemini_config()
        verb = "streamGenerateContent?alt=sse" if asked.get("stream") else "generateContent"
        self.path = f"/models/{quote(self._model, safe='')}:{verb}"
        wanted = {name: value for name, value in asked.items() if name in _MAPPED and value is not None}
        mapped = self._config.map_openai_params(wanted, {}, self._model, drop_params=True)
        self.body: Json = library.gemini_request(
            messages=asked["messages"],
            model=self._model,
            optional_params=mapped,
            custom_llm_provider="gemini",
            litellm_params={},
            cached_content=None,
        )
        self.headers: list[tuple[bytes, bytes]] = []

    def whole(self, answer: Json) -> Json:
        """The whole answer as a chat completion."""
        completion = self._config.transform_google_generate_content_to_openai_model_response(
            answer, self._library.completion(), self._model, _NO_LOGGER, _NO_ANSWER
        ).model_dump(exclude_none=True)
        return {
            "id": _id(completion),
            "object": "chat.completion",
            "created": completion["created"],
            "model": completion["model"],
            "choices": [_choice(choice) for choice in completion["choices"]],
            "usage": _counts(completion.get("usage") or {}),
        }

    async def stream(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        """The stream as chat completion chunks, closed by ``[DONE]``."""
        parser = self._library.gemini_events(None, sync_stream=False, logging_obj=_NO_LOGGER)
        writer = _Writer(self._model, with_usage=self._usage)
        async with aclosing(events(chunks)) as arriving:
            async for event in arriving:
                if event.get("error"):
                    yield frame(envelopes.openai(500, event["error"]))
                    yield b"data: [DONE]\n\n"
                    return
                for chunk in writer.write(event, parser.chunk_parser(event)):
                    yield frame(chunk)
        if not writer.finished:
            raise UpstreamError("protocol", "The upstream's stream ended before its last event.")
        for chunk in writer.close():
            yield frame(chunk)
        yield b"data: [DONE]\n\n"


class _Writer:
    """Says litellm's chunks as OpenAI says them: a role first, the usage last and only when asked for."""

    def __init__(self, model: str, *, with_usage: bool) -> None:
        self.finished = False
        self._with_usage = with_usage
        self._usage: Json = {}
        self._head: Json = {"object": "chat.completion.chunk", "created": int(time.time()), "model": model}

    def write(self, event: Json, parsed: Any) -> Iterator[Json]:  # noqa: ANN401 - litellm's type
        """The chunks for one event. litellm has a reason to finish in each; the event knows better."""
        ended = _ended(event)
        said = parsed.model_dump(exclude_none=True)
        self._usage = said.get("usage") or self._usage
        if "id" not in self._head:
            self._head |= {"id": _id(said), "model": said.get("model") or self._head["model"]}
            yield self._chunk({"role": "assistant", "content": "", "refusal": None}, None)
        for choice in said["choices"]:
            delta = _message(choice.get("delta") or {})
            delta.pop("role", None)
            finish = (choice.get("finish_reason") or "stop") if ended else None
            self.finished = self.finished or ended
            if any(delta.values()) or finish:
                yield self._chunk({name: value for name, value in delta.items() if value}, finish)

    def close(self) -> Iterator[Json]:
        """What follows the last event."""
        if self._with_usage:
            yield {**self._head, "choices": [], "usage": _counts(self._usage)}

    def _chunk(self, delta: Json, finish: str | None) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head, "choices": [choice], **({"usage": None} if self._with_usage else {})}


def _ended(event: Json) -> bool:
    """Whether the answer is over with this event."""
    blocked = (event.get("promptFeedback") or {}).get("blockReason")
    return bool(blocked) or any(candidate.get("finishReason") for candidate in event.get("candidates") or ())


def _id(said: Json) -> str:
    return f"chatcmpl-{str(said.get('id') or '').removeprefix('chatcmpl-')}"


def _choice(choice: Json) -> Json:
    message = {"content": None, "refusal": None, **_message(choice["message"])}
    for call in message.get("tool_calls") or ():
        call.pop("index", None)  # belongs to streams
    return {
        "index": choice.get("index", 0),
        "message": message,
        "logprobs": None,
        "finish_reason": choice.get("finish_reason") or "stop",
    }


def _message(said: Json) -> Json:
    """What a message or a delta says, without litellm's own fields, which no SDK knows."""
    kept = {name: said[name] for name in _SAID if name in said}
    if kept.get("tool_calls"):
        kept["tool_calls"] = [_call(call) for call in kept["tool_calls"]]
    return kept


def _call(said: Json) -> Json:
    """A tool call. litellm hides the provider's signature of it in its id, where it would have to pass
    for a name whenever it comes back."""
    kept = {name: said[name] for name in _CALLED if name in said}
    return {**kept, "id": str(kept.get("id") or "").partition(_SIGNATURE)[0]}


def _counts(usage: Json) -> Json:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    return {name: int(usage.get(name) or 0) for name in names}
