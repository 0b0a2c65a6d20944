"""The event stream of messages: named events, ``message_start`` to ``message_stop``."""

from collections.abc import Mapping

import orjson

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
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader

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


class MessagesReader(StreamReader):
    """A stream of named events."""

    def read(self, frame: Frame) -> None:
        """What an event means; the type inside it counts, else the event's name."""
        event = self.tape.value()
        if not isinstance(event, dict):
            self.tape.unread()
            return
        _EVENT(self.tape.scope("", "", whole=True), "", event)
        match word(event.get("type")) or frame.event:
            case "message_start":
                self._start(event.get("message"))
            case "content_block_start":
                self._block(event.get("index"), event.get("content_block"))
            case "content_block_delta":
                self._delta(f"/content/{event.get('index')}", event.get("delta"))
            case "content_block_stop":
                self.tape.end(f"/content/{event.get('index')}")
                self.tape.mark(("stop", event.get("index")))
            case "message_delta":
                self._end(event)
            case "message_stop":
                self.complete = True
                self.tape.mark_last()
            case "error":
                self.error = word(member(event, "error", "type")) or "error"
                anything(self.tape.scope("/error", "/error", whole=True), "", event.get("error"))
            case _:
                self._unknown(event)

    def fault(self, envelope: bytes) -> bytes:
        """An error, with the name that events must have."""
        return b"event: error\n" + super().fault(envelope)

    def ending(self, ours: Mapping[str, str]) -> bytes:
        """The block that is still open stops, and the message with it: a refusal."""
        open_blocks: dict[object, None] = {}
        for mark in self.tape.delivered:
            match mark:
                case ("start", index):
                    open_blocks[index] = None
                case ("stop", index):
                    open_blocks.pop(index, None)
        details = {"type": "refusal", "category": None, "explanation": ours.get("reason", "")}
        delta = {"stop_reason": "refusal", "stop_sequence": None, "stop_details": details}
        usage = {"output_tokens": self.usage.output_tokens or 0}
        return b"".join([
            *(_event("content_block_stop", index=index) for index in open_blocks),
            _event("message_delta", delta=delta, usage=usage, lictor=ours),
            _event("message_stop"),
        ])  # fmt: skip

    def _start(self, message: object) -> None:
        MESSAGE(self.tape.scope("/message", "/message", whole=True), "", message)
        self.model = self.model or word(member(message, "model"))
        self.usage = latest(self.usage, usage(member(message, "usage")))

    def _block(self, index: object, value: object) -> None:
        """A block's beginning. Its input is empty, as a rule, and comes in fragments later."""
        name = f"/content/{index}"
        given = member(value, "input")
        shell = {**value, "input": None} if isinstance(value, dict) and given else value
        block(self.tape.scope("/content_block", name), "", shell)
        _ARGUMENTS(self.tape.scope("/content_block/input", f"{name}/given"), "", given)
        self.tape.mark(("start", index))

    def _delta(self, name: str, delta: object) -> None:
        _DELTA(self.tape.scope("/delta", name), "", delta)
        fragment = member(delta, "partial_json")
        _ARGUMENTS(self.tape.scope("/delta/partial_json", f"{name}/input"), "", fragment)
        citation = member(delta, "citation")
        place = f"{name}/citations/{self.tape.newest}"
        CITATION(self.tape.scope("/delta/citation", place, whole=True), "", citation)

    def _end(self, event: dict[str, object]) -> None:
        delta = event.get("delta")
        _MESSAGE_DELTA(self.tape.scope("/delta", "/message", whole=True), "", delta)
        self.finish = word(member(delta, "stop_reason")) or self.finish
        self.usage = latest(self.usage, usage(event.get("usage")))
        self.tape.end()
        self.tape.mark_last()

    def _unknown(self, event: dict[str, object]) -> None:
        """An event of a kind that is not known: whatever it carries is read."""
        for field in ("message", "content_block", "delta", "error"):
            name = f"/events/{self.tape.newest}/{field}"
            anything(self.tape.scope(f"/{field}", name, whole=True), "", event.get(field))


def _event(name: str, **members: object) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps({"type": name, **members}))
