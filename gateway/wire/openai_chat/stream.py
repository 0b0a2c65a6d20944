"""The event stream of chat completions: ``data:`` frames of chunks, then ``[DONE]``."""

from gateway.core.exchange import Usage
from gateway.wire.body import count, items, latest, member, word
from gateway.wire.openai_chat.parts import CALL, MESSAGE
from gateway.wire.openai_chat.response import ENVELOPE, LOGPROBS, usage
from gateway.wire.read import Reader, anything, control, fields, ignored
from gateway.wire.sse import parse as parse_frames
from gateway.wire.stream import StreamView, Tape

DONE = "[DONE]"

_DELTA: Reader = fields({**MESSAGE, "tool_calls": ignored})
_CHOICE: Reader = fields(
    {
        "index": ignored,
        "finish_reason": control,
        "logprobs": LOGPROBS,
        "content_filter_results": control,
        "content_filter_offsets": control,
        "delta": ignored,
        "message": ignored,
    }
)
_CHUNK: Reader = fields({**ENVELOPE, "obfuscation": control, "choices": ignored, "error": ignored})


def read_stream(raw: bytes) -> StreamView:
    """Channels and usage of a whole stream. Never raises."""
    reading = _Reading(Tape(parse_frames(raw)))
    for index, frame in enumerate(reading.tape.frames):
        reading.frame(index, frame.data)
    return reading.view()


class _Reading:
    """What is known of a stream so far."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._usage = Usage()
        self._finish = ""
        self._model = ""
        self._error: str | None = None
        self._complete = False

    def frame(self, index: int, data: str) -> None:
        """Read one frame's data."""
        if data.startswith(DONE):
            self._complete = True
        elif data:
            self._chunk(index, self.tape.value(index))

    def _chunk(self, index: int, chunk: object) -> None:
        if not isinstance(chunk, dict):
            self.tape.unread(index)
            return
        _CHUNK(self.tape.scope(index, "", ""), "", chunk)
        if chunk.get("error"):
            self._error = _name(chunk["error"])
            anything(self.tape.scope(index, "/error", "/error"), "", chunk["error"])
        for position, choice in enumerate(items(chunk.get("choices"))):
            self._choice(index, position, choice)
        self._usage = latest(self._usage, usage(chunk.get("usage")))
        self._model = self._model or word(chunk.get("model"))

    def _choice(self, index: int, position: int, choice: object) -> None:
        place = f"/choices/{position}"
        number = count(member(choice, "index"))
        name = f"/choices/{position if number is None else number}"
        _CHOICE(self.tape.scope(index, place, name), "", choice)
        for part in ("delta", "message"):
            delta = member(choice, part)
            if delta is None:
                continue
            _DELTA(self.tape.scope(index, f"{place}/{part}", f"{name}/{part}"), "", delta)
            calls = member(delta, "tool_calls")
            if calls is not None:
                self._calls(index, f"{place}/{part}", f"{name}/{part}", calls)
        self._finish = self._finish or word(member(choice, "finish_reason"))

    def _calls(self, index: int, place: str, name: str, calls: object) -> None:
        """A tool call's fragments belong together by ``index``, not by their place in a chunk."""
        if not isinstance(calls, list):
            anything(self.tape.scope(index, place, name), "/tool_calls", calls)
            return
        for position, call in enumerate(calls):
            number = count(member(call, "index"))
            channel = f"{name}/tool_calls/{position if number is None else number}"
            CALL(self.tape.scope(index, f"{place}/tool_calls/{position}", channel), "", call)

    def view(self) -> StreamView:
        """The whole stream."""
        return self.tape.view(
            usage=self._usage,
            finish=self._finish,
            model=self._model,
            error=self._error,
            complete=self._complete,
        )


def _name(error: object) -> str:
    """What an error event calls itself."""
    return word(member(error, "code")) or word(member(error, "type")) or "error"
