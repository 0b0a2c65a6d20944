"""The event stream of chat completions: ``data:`` frames of chunks, then ``[DONE]``."""

from collections.abc import Mapping

import orjson

from gateway.wire.body import count, items, latest, member, word
from gateway.wire.openai_chat.parts import CALL, MESSAGE
from gateway.wire.openai_chat.response import ENVELOPE, LOGPROBS, usage
from gateway.wire.read import Reader, anything, control, fields, ignored
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader

DONE = "[DONE]"

_KEPT = ("id", "object", "created", "model", "service_tier", "system_fingerprint")
"""What all chunks of an answer have in common."""

_DELTA: Reader = fields({**MESSAGE, "tool_calls": ignored})
_CHOICE: Reader = fields(
    {
        "index": ignored,
        "finish_reason": control,
        "logprobs": ignored,
        "content_filter_results": control,
        "content_filter_offsets": control,
        "delta": ignored,
        "message": ignored,
    }
)
_LOGPROBS: Reader = fields({"logprobs": LOGPROBS})
_CHUNK: Reader = fields({**ENVELOPE, "obfuscation": control, "choices": ignored, "error": ignored})


class ChatReader(StreamReader):
    """A stream of chunks. What a tool call is made of may be overtaken by what the model says."""

    def __init__(self) -> None:
        super().__init__(overtaking=True)
        self._around: dict[str, object] = {}
        self._choices: set[int] = set()
        self._plain: dict[str, object] = {}

    def read(self, frame: Frame) -> None:
        """What a frame with data means."""
        if frame.data.startswith(DONE):
            self.complete = True
            self.tape.end()
            self.tape.mark_last()
            return
        chunk = self.tape.value()
        if isinstance(chunk, dict):
            self._chunk(chunk)
        else:
            self.tape.unread()

    def ending(self, ours: Mapping[str, str]) -> bytes:
        """Every choice that is still open ends with ``content_filter``."""
        closed = {mark for mark in self.tape.delivered if isinstance(mark, int)}
        frames = [self._last_chunk(number, ours) for number in sorted((self._choices or {0}) - closed)]
        return b"".join([*frames, b"data: [DONE]\n\n"])

    def _last_chunk(self, number: int, ours: Mapping[str, str]) -> bytes:
        choice = {"index": number, "delta": {}, "logprobs": None, "finish_reason": "content_filter"}
        return b"data: " + orjson.dumps({**self._around, "choices": [choice], "lictor": ours}) + b"\n\n"

    def _chunk(self, chunk: dict[str, object]) -> None:
        if not self._around:
            self._around = {name: chunk[name] for name in _KEPT if name in chunk}
        self._envelope(chunk)
        if chunk.get("error"):
            self.error = _name(chunk["error"])
            anything(self.tape.scope("/error", "/error", whole=True), "", chunk["error"])
        for position, choice in enumerate(items(chunk.get("choices"))):
            self._choice(position, choice)
        counted = chunk.get("usage")
        if counted is not None:
            self.usage = latest(self.usage, usage(counted))
        self.model = self.model or word(chunk.get("model"))

    def _envelope(self, chunk: dict[str, object]) -> None:
        """What is around the choices; where it had no text, the same again has none either."""
        around = {name: value for name, value in chunk.items() if name != "choices"}
        if around == self._plain:
            return
        _CHUNK(self.tape.scope("", "", whole=True), "", chunk)
        if not self.tape.held[-1].pieces:
            self._plain = around

    def _choice(self, position: int, choice: object) -> None:
        place = f"/choices/{position}"
        number = _or(count(member(choice, "index")), position)
        self._choices.add(number)
        name = f"/choices/{number}"
        _CHOICE(self.tape.scope(place, name, whole=True), "", choice)
        logprobs = member(choice, "logprobs")
        if logprobs is not None:
            _LOGPROBS(self.tape.scope(place, name), "", {"logprobs": logprobs})
        for part in ("delta", "message"):
            said = member(choice, part)
            if said is not None:
                self._delta(f"{place}/{part}", f"{name}/{part}", said)
        finish = word(member(choice, "finish_reason"))
        if finish:
            self.finish = self.finish or finish
            self.tape.end(name)
            self.tape.mark_last()
            self.tape.mark(number)

    def _delta(self, place: str, name: str, delta: object) -> None:
        _DELTA(self.tape.scope(place, name), "", delta)
        calls = member(delta, "tool_calls")
        if calls is not None:
            self._calls(place, name, calls)

    def _calls(self, place: str, name: str, calls: object) -> None:
        """A tool call's fragments belong together by ``index``, not by their place in a chunk."""
        if not isinstance(calls, list):
            anything(self.tape.scope(place, name), "/tool_calls", calls)
            return
        for position, call in enumerate(calls):
            number = _or(count(member(call, "index")), position)
            scope = self.tape.scope(f"{place}/tool_calls/{position}", f"{name}/tool_calls/{number}")
            CALL(scope, "", call)


def _or(number: int | None, other: int) -> int:
    return other if number is None else number


def _name(error: object) -> str:
    """What an error event calls itself."""
    return word(member(error, "code")) or word(member(error, "type")) or "error"
