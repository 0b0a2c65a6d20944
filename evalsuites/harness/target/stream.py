"""A streamed answer, put together to what it would have been whole."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.wire.sse import Parser

Body = dict[str, Any]


def read_stream(body: bytes) -> tuple[Body, int]:
    """The answer, and how many events of it said something.

    Chat completions, completions and messages are known; of anything else only an error is seen.
    """
    whole, events = Whole(), 0
    for chunk in _chunks(body):
        events += whole.take(chunk)
    return whole.body(), events


class Whole:
    """Gathers the pieces of an answer."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._calls: dict[tuple[int, int], dict[str, str]] = {}
        self._rest: Body = {}

    def take(self, chunk: Mapping[str, Any]) -> bool:
        """Add a piece; whether it said something."""
        for name in ("usage", "error", "model", "lictor"):
            if chunk.get(name):
                self._rest[name] = chunk[name]
        said = [self._choice(one) for one in chunk.get("choices") or () if isinstance(one, dict)]
        return any([*said, self._block(chunk)])

    def body(self) -> Body:
        """The answer as chat completions have it."""
        if "error" in self._rest and not self._texts:
            return self._rest
        numbers = sorted({*self._texts, *(number for number, _ in self._calls)})
        return {"choices": [{"index": one, "message": self._message(one)} for one in numbers], **self._rest}

    def _message(self, number: int) -> Body:
        calls = [{"function": call} for (owner, _), call in sorted(self._calls.items()) if owner == number]
        return {"content": self._texts.get(number, ""), **({"tool_calls": calls} if calls else {})}

    def _choice(self, choice: Mapping[str, Any]) -> bool:
        number, delta = choice.get("index", 0), choice.get("delta") or {}
        calls = [self._call(number, one) for one in delta.get("tool_calls") or ()]
        text = "".join(filter(None, (choice.get("text"), delta.get("content"), delta.get("refusal"))))
        return self._said(number, text) or any(calls)

    def _call(self, number: int, piece: Mapping[str, Any]) -> bool:
        call = self._calls.setdefault((number, piece.get("index", 0)), {"name": "", "arguments": ""})
        function = piece.get("function") or {}
        for name in call:
            call[name] += function.get(name) or ""
        return bool(function)

    def _block(self, event: Mapping[str, Any]) -> bool:
        """A content block of the messages API, or a piece of one."""
        number, delta = event.get("index", 0), event.get("delta") or {}
        block = event.get("content_block") or {}
        if block.get("type") == "tool_use":
            return self._call(0, {"index": number, "function": {"name": block.get("name")}})
        if "partial_json" in delta:
            return self._call(0, {"index": number, "function": {"arguments": delta["partial_json"]}})
        return self._said(0, delta.get("text") or "")

    def _said(self, number: int, text: str) -> bool:
        if text:
            self._texts[number] = self._texts.get(number, "") + text
        return bool(text)


def _chunks(body: bytes) -> Iterator[Mapping[str, Any]]:
    parser = Parser()
    for frame in [*parser.feed(body), *parser.close()]:
        try:
            chunk = json.loads(frame.data)
        except ValueError:  # a comment, or [DONE]
            continue
        if isinstance(chunk, dict):
            yield chunk
