"""Streams of chunks, as OpenAI's completions send them: ``data:`` frames, then ``[DONE]``."""

from collections.abc import Mapping
from typing import ClassVar

import orjson

from gateway.wire.body import count, member, word
from gateway.wire.read import anything
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader

DONE = "[DONE]"


class ChunkReader(StreamReader):
    """A stream whose chunks have choices. A dialect says in :meth:`chunk` what else is in them."""

    kept: ClassVar[tuple[str, ...]]
    """What all chunks of an answer have in common."""

    silent: ClassVar[Mapping[str, object]]
    """What a choice is made of that says nothing."""

    def __init__(self, *, overtaking: bool = False) -> None:
        super().__init__(overtaking=overtaking)
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
        if not isinstance(chunk, dict):
            self.tape.unread()
            return
        if not self._around:
            self._around = {name: chunk[name] for name in self.kept if name in chunk}
        self.chunk(chunk)
        self.model = self.model or word(chunk.get("model"))

    def chunk(self, chunk: dict[str, object]) -> None:
        """What a chunk says."""
        raise NotImplementedError

    def ending(self, ours: Mapping[str, str]) -> bytes:
        """Every choice that is still open ends with ``content_filter``."""
        closed = {mark for mark in self.tape.delivered if isinstance(mark, int)}
        frames = [self._last_chunk(number, ours) for number in sorted((self._choices or {0}) - closed)]
        return b"".join([*frames, b"data: [DONE]\n\n"])

    def _last_chunk(self, number: int, ours: Mapping[str, str]) -> bytes:
        choice = {"index": number, **self.silent, "logprobs": None, "finish_reason": "content_filter"}
        return b"data: " + orjson.dumps({**self._around, "choices": [choice], "lictor": ours}) + b"\n\n"

    def failed(self, chunk: Mapping[str, object]) -> None:
        """A chunk may be an error."""
        if chunk.get("error"):
            self.error = error_name(chunk["error"])
            anything(self.tape.scope("/error", "/error", whole=True), "", chunk["error"])

    def numbered(self, position: int, choice: object) -> int:
        """The number of the choice that stands at a position of its chunk."""
        number = index_of(choice, position)
        self._choices.add(number)
        return number

    def finished(self, number: int, choice: object) -> None:
        """A choice ends with the chunk that says why."""
        finish = word(member(choice, "finish_reason"))
        if finish:
            self.finish = self.finish or finish
            self.tape.end(f"/choices/{number}")
            self.tape.mark_last()
            self.tape.mark(number)


def index_of(part: object, position: int) -> int:
    """The ``index`` of a part, or its position where it says none."""
    given = count(member(part, "index"))
    return position if given is None else given


def error_name(error: object) -> str:
    """What an error in a stream calls itself."""
    return word(member(error, "code")) or word(member(error, "type")) or "error"
