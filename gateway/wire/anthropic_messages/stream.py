"""The event stream of messages: named events, ``message_start`` to ``message_stop``."""

from gateway.core.exchange import Usage
from gateway.wire.anthropic_messages.blocks import CITATION, block
from gateway.wire.anthropic_messages.response import ENVELOPE, MESSAGE, usage
from gateway.wire.body import latest, member, word
from gateway.wire.read import (
    Reader,
    Table,
    anything,
    by_type,
    control,
    fields,
    ignored,
    json_text,
    leaves,
    opaque,
    text,
)
from gateway.wire.sse import parse as parse_frames
from gateway.wire.stream import StreamView, Tape

_TYPE: Table = {"type": ignored}

_DELTA: Reader = by_type(
    {
        "text_delta": fields({**_TYPE, "text": text("text")}),
        "input_json_delta": fields({**_TYPE, "partial_json": ignored}),
        "thinking_delta": fields({**_TYPE, "thinking": text("reasoning", fixed=True)}),
        "signature_delta": fields({**_TYPE, "signature": ignored}),
        "citations_delta": fields({**_TYPE, "citation": ignored}),
        "compaction_delta": fields(
            {
                **_TYPE,
                "content": text("text", fixed=True),
                "encrypted_content": opaque("encrypted"),
            }
        ),
    },
    unknown=leaves("text", {"type": control}),
)
_ARGUMENTS: Reader = json_text("tool_arguments")
_EVENT: Reader = fields(
    {
        "type": control,
        "index": ignored,
        "message": ignored,
        "content_block": ignored,
        "delta": ignored,
        "error": ignored,
        "usage": control,
        "context_management": control,
        "input_transformations": control,
    }
)
_MESSAGE_DELTA: Reader = fields(ENVELOPE)


def read_stream(raw: bytes) -> StreamView:
    """Channels and usage of a whole stream. Never raises."""
    reading = _Reading(Tape(parse_frames(raw)))
    for index, frame in enumerate(reading.tape.frames):
        if frame.data:
            reading.frame(index, frame.event)
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

    def frame(self, index: int, name: str) -> None:
        """Read one frame's data; the type inside it counts, else the event's name."""
        event = self.tape.value(index)
        if not isinstance(event, dict):
            self.tape.unread(index)
            return
        _EVENT(self.tape.scope(index, "", ""), "", event)
        match word(event.get("type")) or name:
            case "message_start":
                self._start(index, event.get("message"))
            case "content_block_start":
                self._block(index, f"/content/{event.get('index')}", event.get("content_block"))
            case "content_block_delta":
                self._delta(index, f"/content/{event.get('index')}", event.get("delta"))
            case "message_delta":
                self._end(index, event)
            case "message_stop":
                self._complete = True
            case "error":
                self._error = word(member(event, "error", "type")) or "error"
                anything(self.tape.scope(index, "/error", "/error"), "", event.get("error"))
            case _:
                self._unknown(index, event)

    def _start(self, index: int, message: object) -> None:
        MESSAGE(self.tape.scope(index, "/message", "/message"), "", message)
        self._model = self._model or word(member(message, "model"))
        self._usage = latest(self._usage, usage(member(message, "usage")))

    def _block(self, index: int, name: str, value: object) -> None:
        """A block's beginning. Its input is empty, as a rule, and comes in fragments later."""
        given = member(value, "input")
        shell = {**value, "input": None} if isinstance(value, dict) and given else value
        block(self.tape.scope(index, "/content_block", name), "", shell)
        _ARGUMENTS(self.tape.scope(index, "/content_block/input", f"{name}/given"), "", given)

    def _delta(self, index: int, name: str, delta: object) -> None:
        _DELTA(self.tape.scope(index, "/delta", name), "", delta)
        fragment = member(delta, "partial_json")
        _ARGUMENTS(self.tape.scope(index, "/delta/partial_json", f"{name}/input"), "", fragment)
        citation = member(delta, "citation")
        place = f"{name}/citations/{index}"
        CITATION(self.tape.scope(index, "/delta/citation", place), "", citation)

    def _end(self, index: int, event: dict[str, object]) -> None:
        delta = event.get("delta")
        _MESSAGE_DELTA(self.tape.scope(index, "/delta", "/message"), "", delta)
        self._finish = word(member(delta, "stop_reason")) or self._finish
        self._usage = latest(self._usage, usage(event.get("usage")))

    def _unknown(self, index: int, event: dict[str, object]) -> None:
        """An event of a kind that is not known: whatever it carries is read."""
        for field in ("message", "content_block", "delta", "error"):
            name = f"/events/{index}/{field}"
            anything(self.tape.scope(index, f"/{field}", name), "", event.get(field))

    def view(self) -> StreamView:
        """The whole stream."""
        return self.tape.view(
            usage=self._usage,
            finish=self._finish,
            model=self._model,
            error=self._error,
            complete=self._complete,
        )
