"""The stream of streamGenerateContent: whole responses, one after the other, each with more of the text.

With ``alt=sse`` they are events, without it the elements of one JSON array. There is no end marker; an
answer is over when each of its candidates has given its reason.
"""

from collections.abc import Mapping

import orjson

from gateway.wire.body import count, items, latest, member, word
from gateway.wire.gemini_generate.cases import cased, either, singly, spelling
from gateway.wire.gemini_generate.parts import ARGUMENTS, AROUND_PARTS, FRAGMENT, FUNCTION_CALL, VALUES, part
from gateway.wire.gemini_generate.response import AROUND_CONTENT, ENVELOPE, LOGPROBS, blocked, finish, usage
from gateway.wire.json_array import Parser
from gateway.wire.pointer import escape
from gateway.wire.read import Reader, anything, fields, ignored
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader

_KEPT = ("modelVersion", "responseId")
"""What all chunks of an answer have in common."""

_CHUNK: Reader = fields({**ENVELOPE, "candidates": ignored, "error": ignored})
_CANDIDATE: Reader = fields({**AROUND_CONTENT, **cased({"logprobsResult": ignored}), "content": ignored})
_CONTENT: Reader = fields({**AROUND_PARTS, "parts": ignored}, other=part)
_PATH: Reader = fields({**FRAGMENT, **cased(dict.fromkeys(VALUES, ignored))}, other=ignored)
_SAID: Reader = fields({**FRAGMENT, **cased({"jsonPath": ignored})}, other=ARGUMENTS)


class GenerateReader(StreamReader):
    """A stream of chunks. Their parts are one list in the end, so none overtakes another."""

    def __init__(self, *, array: bool = False) -> None:
        super().__init__(Parser() if array else None)
        self._array = array
        self._around: dict[str, object] = {}
        self._open: dict[int, bool] = {}
        """The candidates, and whether they go on."""

        self._calling: dict[str, int] = {}
        """The contents in which a call goes on, and in which frame it began."""

    def read(self, frame: Frame) -> None:  # noqa: ARG002 - the tape has it
        """What a frame with data means."""
        chunk = self.tape.value()
        if not isinstance(chunk, dict):
            self.tape.unread()
            return
        self.tape.mark(None)
        self._chunk(chunk)

    def ending(self, ours: Mapping[str, str]) -> bytes:
        """Every candidate that is still open ends with ``SAFETY``."""
        closed = {mark for mark in self.tape.delivered if isinstance(mark, int)}
        numbers = sorted((self._open.keys() or {0}) - closed)
        candidates = [
            {"content": {"parts": [], "role": "model"}, "finishReason": "SAFETY", "index": number}
            for number in numbers
        ]
        return self._said({"candidates": candidates, **self._around, "lictor": dict(ours)})

    def fault(self, envelope: bytes) -> bytes:
        """An error envelope in the place of a chunk."""
        return self._framed(envelope)

    def _said(self, chunk: Mapping[str, object]) -> bytes:
        return self._framed(orjson.dumps(chunk))

    def _framed(self, data: bytes) -> bytes:
        if not self._array:
            return b"data: " + data + b"\r\n\r\n"
        return (b"\r\n,\r\n" if self.tape.delivered else b"[") + data + b"\r\n]"

    def _chunk(self, chunk: dict[str, object]) -> None:
        if not self._around:
            self._around = {name: chunk[name] for name in _KEPT if name in chunk}
        _CHUNK(self.tape.scope("", "", whole=True), "", chunk)
        if chunk.get("error"):
            self.error = word(member(chunk, "error", "status")) or "error"
            anything(self.tape.scope("/error", "/error", whole=True), "", chunk["error"])
        for position, candidate in enumerate(items(chunk.get("candidates"))):
            self._candidate(position, candidate)
        self.usage = latest(self.usage, usage(either(chunk, "usageMetadata")))
        self.model = self.model or word(either(chunk, "modelVersion"))
        if blocked(chunk):
            self.finish = self.finish or blocked(chunk)
            self.tape.mark_last()
        self.complete = bool(self.finish) and not any(self._open.values())

    def _candidate(self, position: int, candidate: object) -> None:
        place = f"/candidates/{position}"
        given = count(either(candidate, "index"))
        number = position if given is None else given
        name = f"/candidates/{number}"
        _CANDIDATE(self.tape.scope(place, name, whole=True), "", candidate)
        self._tokens(place, name, candidate)
        self._content(f"{place}/content", f"{name}/content", member(candidate, "content"))
        self._open[number] = not finish(candidate)
        if finish(candidate):
            self.finish = self.finish or finish(candidate)
            self.tape.end(name)
            self.tape.mark_last()
            self.tape.mark(number)

    def _tokens(self, place: str, name: str, candidate: object) -> None:
        """The chosen tokens of all chunks are one text."""
        key = spelling(candidate, "logprobsResult")
        LOGPROBS(self.tape.scope(f"{place}/{key}", f"{name}/logprobsResult"), "", member(candidate, key))

    def _content(self, place: str, name: str, value: object) -> None:
        if value is None:
            return
        _CONTENT(self.tape.scope(place, name, whole=True), "", value)
        parts = member(value, "parts")
        for position, said in enumerate(singly(parts)):
            at = f"{place}/parts/{position}" if isinstance(parts, list) else f"{place}/parts"
            self._part(at, name, position, said)

    def _part(self, place: str, name: str, position: int, value: object) -> None:
        """Text goes on from part to part, and so may a call's arguments; all else stands for itself."""
        call = either(value, "functionCall")
        if isinstance(member(value, "text"), str):
            thought = "/thought" if either(value, "thought") else ""
            part(self.tape.scope(place, name + thought), "", value)
        elif name in self._calling or either(call, "willContinue"):
            key = spelling(value, "functionCall")
            self._call(f"{place}/{key}", name, call)
            part(self.tape.scope(place, name), "", {**value, key: None} if isinstance(value, dict) else value)
        else:
            part(self.tape.scope(place, f"{name}/parts/{self.tape.newest}.{position}", whole=True), "", value)

    def _call(self, place: str, name: str, call: object) -> None:
        """A piece of a call whose arguments come in fragments, each with a path into them."""
        begun = self._calling.setdefault(name, self.tape.newest)
        channel = f"{name}/calls/{begun}"
        key = spelling(call, "partialArgs")
        shell = {**call, key: None} if isinstance(call, dict) else call
        FUNCTION_CALL(self.tape.scope(place, channel), "", shell)
        for index, fragment in enumerate(singly(member(call, key))):
            path = word(either(fragment, "jsonPath"))
            at = f"{place}/{key}/{index}"
            _PATH(self.tape.scope(at, channel, whole=True), "", fragment)
            _SAID(self.tape.scope(at, f"{channel}/args/{escape(path)}"), "", fragment)
        if not either(call, "willContinue"):
            self.tape.end(channel)
            del self._calling[name]
