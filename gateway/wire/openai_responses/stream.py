"""The event stream of responses. Every text comes in fragments, and is then said again, up to three times
over: when it is done, with its part and its item, and with the whole response at the end."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from gateway.wire.body import count, latest, member, word
from gateway.wire.openai_chat.response import tokens
from gateway.wire.openai_responses.items import PART, item
from gateway.wire.openai_responses.response import RESPONSE, finish
from gateway.wire.read import Reader, anything, control, fields, ignored, json_text, leaves, opaque, text
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader
from gateway.wire.views import usage

TERMINAL = frozenset({"response.completed", "response.incomplete", "response.failed"})
"""One of these ends a stream; there is no ``[DONE]``."""

_SNAPSHOTS = TERMINAL | {"response.created", "response.in_progress", "response.queued"}
"""Events that carry the whole response, as it is by then."""

_KEPT = ("id", "object", "created_at", "model", "parallel_tool_calls", "background", "service_tier")
"""What we say of a response that we end: nothing that repeats the request."""

_BEGUN = "response.output_item.added"
"""An item begins: what it says of itself, such as the name of a function, waits for the rest of it."""

_PART_BEGUN = "response.content_part.added"

_CONTENT = "/output/{output_index}/content/{content_index}"
_SUMMARY = "/output/{output_index}/summary/{summary_index}"
_ITEM = "/output/{output_index}"


@dataclass(frozen=True, slots=True)
class _Said:
    """Where an event says something, and what of."""

    field: str
    place: str
    """Name of the channel, which is where the text stands in the finished response."""

    reader: Reader


_text, _refusal, _reasoning = text("text"), text("refusal"), text("reasoning")
_arguments, _input = json_text("tool_arguments"), text("tool_arguments")

_FRAGMENTS: Mapping[str, _Said] = {
    "response.output_text": _Said("delta", f"{_CONTENT}/text", _text),
    "response.refusal": _Said("delta", f"{_CONTENT}/refusal", _refusal),
    "response.reasoning_text": _Said("delta", f"{_CONTENT}/text", _reasoning),
    "response.reasoning_summary_text": _Said("delta", f"{_SUMMARY}/text", _reasoning),
    "response.function_call_arguments": _Said("delta", f"{_ITEM}/arguments", _arguments),
    "response.mcp_call_arguments": _Said("delta", f"{_ITEM}/arguments", _arguments),
    "response.custom_tool_call_input": _Said("delta", f"{_ITEM}/input", _input),
    "response.code_interpreter_call_code": _Said("delta", f"{_ITEM}/code", _input),
    "response.audio.transcript": _Said("delta", "/audio/transcript", _text),
    "response.audio": _Said("delta", "/audio", opaque("audio")),
}
"""By the event's name without ``.delta``."""

_WHOLE: Mapping[str, _Said] = {
    "response.output_text.done": _Said("text", f"{_CONTENT}/text", _text),
    "response.refusal.done": _Said("refusal", f"{_CONTENT}/refusal", _refusal),
    "response.reasoning_text.done": _Said("text", f"{_CONTENT}/text", _reasoning),
    "response.reasoning_summary_text.done": _Said("text", f"{_SUMMARY}/text", _reasoning),
    "response.function_call_arguments.done": _Said("arguments", f"{_ITEM}/arguments", _arguments),
    "response.mcp_call_arguments.done": _Said("arguments", f"{_ITEM}/arguments", _arguments),
    "response.custom_tool_call_input.done": _Said("input", f"{_ITEM}/input", _input),
    "response.code_interpreter_call_code.done": _Said("code", f"{_ITEM}/code", _input),
    _PART_BEGUN: _Said("part", _CONTENT, PART),
    "response.content_part.done": _Said("part", _CONTENT, PART),
    "response.reasoning_summary_part.added": _Said("part", _SUMMARY, PART),
    "response.reasoning_summary_part.done": _Said("part", _SUMMARY, PART),
    "response.output_text.annotation.added": _Said(
        "annotation", _CONTENT + "/annotations/{annotation_index}", anything
    ),
    _BEGUN: _Said("item", _ITEM, item),
    "response.output_item.done": _Said("item", _ITEM, item),
    "response.image_generation_call.partial_image": _Said("partial_image_b64", _ITEM, opaque("image")),
    **{name: _Said("response", "", RESPONSE) for name in _SNAPSHOTS},
}

_INDICES = ("output_index", "content_index", "summary_index", "annotation_index")
_AROUND = {
    **dict.fromkeys(_INDICES, ignored),
    "sequence_number": ignored,
    "partial_image_index": ignored,
    "type": control,
    "item_id": control,
    "status": control,
    "agent": control,
    "obfuscation": control,
    "logprobs": ignored,
}
_NAME: Reader = fields({"name": text("name")})
_STRANGE: Reader = leaves("text")


class ResponseReader(StreamReader):
    """A stream of typed events."""

    def __init__(self) -> None:
        super().__init__()
        self._around: dict[str, object] = {}

    def read(self, frame: Frame) -> None:  # noqa: ARG002 - the tape has it
        """What a frame with data means."""
        event = self.tape.value()
        if not isinstance(event, dict):
            self.tape.unread()
            return
        self.tape.mark(count(event.get("sequence_number")) or 0)
        kind = word(event.get("type"))
        if kind in _WHOLE:
            self._said(event, _WHOLE[kind], whole=kind != _BEGUN)
        elif kind.removesuffix(".delta") in _FRAGMENTS and kind.endswith(".delta"):
            self._said(event, _FRAGMENTS[kind.removesuffix(".delta")], whole=False)
        else:
            self._other(event, kind)
        self._after(kind, event)

    def _said(self, event: dict[str, object], said: _Said, *, whole: bool) -> None:
        numbers = _numbers(event)
        name = said.place.format_map(numbers)
        value = event.get(said.field)
        if value is not None:
            said.reader(self.tape.scope(f"/{said.field}", name, whole=whole), "", value)
        if event.get("logprobs"):
            place = f"{_CONTENT}/logprobs".format_map(numbers)
            tokens(self.tape.scope("/logprobs", place, whole=whole), "", event["logprobs"])
        rest = {key: each for key, each in event.items() if key != said.field}
        if "name" in rest:
            item_name = _ITEM.format_map(numbers)
            _NAME(self.tape.scope("", item_name, whole=True), "", {"name": rest.pop("name")})
        self._rest(rest)

    def _rest(self, event: dict[str, object]) -> None:
        scope = self.tape.scope("", f"/events/{self.tape.newest}", whole=True)
        fields(_AROUND)(scope, "", event)

    def _other(self, event: dict[str, object], kind: str) -> None:
        """An event that says nothing, an error, or one that is not known: then whatever it carries is read,
        fragment by fragment where it comes in fragments."""
        if kind == "error" or "error" in event:
            self.error = _error_name(event)
        base = kind.removesuffix(".delta")
        numbers = "/".join(str(number) for number in _numbers(event).values())
        scope = self.tape.scope("", f"/events/{base or 'message'}/{numbers}", whole=base == kind)
        known = fields(_AROUND, other=_STRANGE)
        known(scope, "", event)

    def _after(self, kind: str, event: dict[str, object]) -> None:
        if kind == "response.output_item.done":
            self.tape.end(_ITEM.format_map(_numbers(event)))
        if kind in (_BEGUN, _PART_BEGUN):
            self.tape.mark((kind, event))
        response = event.get("response")
        if kind not in _SNAPSHOTS or not isinstance(response, dict):
            return
        self._around = {name: response[name] for name in _KEPT if name in response} or self._around
        self.model = self.model or word(response.get("model"))
        self.usage = latest(self.usage, usage(response.get("usage")))
        if kind in TERMINAL:
            self._end(response)

    def _end(self, response: dict[str, object]) -> None:
        self.complete = True
        self.finish = finish(response)
        if response.get("error"):
            self.error = _error_name(response)
        self.tape.end()
        self.tape.mark_last(repeats=True)

    def ending(self, ours: Mapping[str, str]) -> bytes:
        """The response is incomplete, since its content was filtered. It repeats what it has said."""
        number = self._next_number()
        known = {"object": "response", "output": [], "tools": [], "tool_choice": "auto", **self._around}
        begun = b""
        if not number:
            begun = _event("response.created", number, response={**known, "status": "in_progress"})
            number += 1
        known |= {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}
        known |= {"output": self._output(), "lictor": ours}
        return begun + _event("response.incomplete", number, response=known)

    def fault(self, envelope: bytes) -> bytes:
        """An error event. Its facts stand in it as the reference has them, and in an object inside it, by
        which the official clients know an error."""
        error = orjson.loads(envelope)["error"]
        facts = {name: error.get(name) for name in ("code", "message", "param")}
        return _event("error", self._next_number(), **facts, error=error)

    def _next_number(self) -> int:
        left = [mark for mark in self.tape.delivered if isinstance(mark, int)]
        return left[-1] + 1 if left else 0

    def _output(self) -> list[dict[str, object]]:
        """The messages, as far as they have left."""
        messages: dict[int, dict[str, object]] = {}
        parts: dict[int, list[dict[str, object]]] = {}
        for kind, event in (mark for mark in self.tape.delivered if isinstance(mark, tuple)):
            numbers = _numbers(event)
            index = numbers["output_index"]
            if kind == _BEGUN and word(member(event, "item", "type")) == "message":
                kept = {name: member(event, "item", name) for name in ("id", "type", "role")}
                parts[index] = []
                messages[index] = {**kept, "status": "incomplete", "content": parts[index]}
            elif kind == _PART_BEGUN and index in parts:
                parts[index].append(self._part(event, _CONTENT.format_map(numbers)))
        return [messages[index] for index in sorted(messages)]

    def _part(self, event: Mapping[str, object], place: str) -> dict[str, object]:
        kind = word(member(event, "part", "type"))
        name = "refusal" if kind == "refusal" else "text"
        channel = self.tape.channels.get(f"{place}/{name}")
        more: dict[str, object] = {} if name == "refusal" else {"annotations": []}
        return {"type": kind, name: channel.left if channel else "", **more}


def _event(kind: str, number: int, **members: object) -> bytes:
    data = {"type": kind, "sequence_number": number, **members}
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), orjson.dumps(data))


def _numbers(event: Mapping[str, object]) -> Mapping[str, int]:
    return {name: count(event.get(name)) or 0 for name in _INDICES}


def _error_name(event: Mapping[str, object]) -> str:
    error = event.get("error")
    return word(member(error, "code")) or word(event.get("code")) or word(member(error, "type")) or "error"
