"""The event stream of completions: ``data:`` frames of chunks, then ``[DONE]``."""

from collections.abc import Mapping

import orjson

from gateway.wire.body import count, items, latest, member, word
from gateway.wire.openai_completions.response import CHOICE, ENVELOPE, LOGPROBS
from gateway.wire.read import Reader, anything, fields, ignored, text
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader
from gateway.wire.views import usage

DONE = "[DONE]"

_KEPT = ("id", "object", "created", "model", "system_fingerprint")
"""What all chunks of an answer have in common."""

_CHUNK: Reader = fields({**ENVELOPE, "choices": ignored, "error": ignored})
_CHOICE: Reader = fields({**CHOICE, "text": ignored, "logprobs": ignored})
_SPOKEN: Reader = fields({"text": text("text"), "logprobs": LOGPROBS})


class CompletionReader(StreamReader):
    """A stream of chunks."""

    def __init__(self) -> None:
        super().__init__()
        self._around: dict[str, object] = {}
        self._choices: set[int] = set()

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
        choice = {"index": number, "text": "", "logprobs": None, "finish_reason": "content_filter"}
        return b"data: " + orjson.dumps({**self._around, "choices": [choice], "lictor": ours}) + b"\n\n"

    def _chunk(self, chunk: dict[str, object]) -> None:
        self._around = self._around or {name: chunk[name] for name in _KEPT if name in chunk}
        _CHUNK(self.tape.scope("", "", whole=True), "", chunk)
        if chunk.get("error"):
            self.error = error_name(chunk["error"])
            anything(self.tape.scope("/error", "/error", whole=True), "", chunk["error"])
        for position, choice in enumerate(items(chunk.get("choices"))):
            self._choice(position, choice)
        self.usage = latest(self.usage, usage(chunk.get("usage")))
        self.model = self.model or word(chunk.get("model"))

    def _choice(self, position: int, choice: object) -> None:
        place, given = f"/choices/{position}", count(member(choice, "index"))
        number = position if given is None else given
        name = f"/choices/{number}"
        self._choices.add(number)
        _CHOICE(self.tape.scope(place, name, whole=True), "", choice)
        spoken = {part: member(choice, part) for part in ("text", "logprobs")}
        _SPOKEN(self.tape.scope(place, name), "", spoken)
        finish = word(member(choice, "finish_reason"))
        if finish:
            self.finish = self.finish or finish
            self.tape.end(name)
            self.tape.mark_last()
            self.tape.mark(number)


def error_name(error: object) -> str:
    """What an error in a stream calls itself."""
    return word(member(error, "code")) or word(member(error, "type")) or "error"
