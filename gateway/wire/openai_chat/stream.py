"""The event stream of chat completions."""

from typing import ClassVar

from gateway.wire.body import items, latest, member
from gateway.wire.chunks import ChunkReader, index_of
from gateway.wire.openai_chat.parts import CALL, MESSAGE
from gateway.wire.openai_chat.response import ENVELOPE, LOGPROBS, usage
from gateway.wire.read import Reader, anything, control, fields, ignored

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


class ChatReader(ChunkReader):
    """A stream of chunks. What a tool call is made of may be overtaken by what the model says."""

    kept = ("id", "object", "created", "model", "service_tier", "system_fingerprint")
    silent: ClassVar = {"delta": {}}

    def __init__(self) -> None:
        super().__init__(overtaking=True)
        self._plain: dict[str, object] = {}

    def chunk(self, chunk: dict[str, object]) -> None:
        """What a chunk says."""
        self._envelope(chunk)
        self.failed(chunk)
        for position, choice in enumerate(items(chunk.get("choices"))):
            self._choice(position, choice)
        counted = chunk.get("usage")
        if counted is not None:
            self.usage = latest(self.usage, usage(counted))

    def _envelope(self, chunk: dict[str, object]) -> None:
        """What is around the choices; where it had no text, the same again has none either."""
        around = {name: value for name, value in chunk.items() if name != "choices"}
        if around == self._plain:
            return
        _CHUNK(self.tape.scope("", "", whole=True), "", chunk)
        if not self.tape.held[-1].pieces:
            self._plain = around

    def _choice(self, position: int, choice: object) -> None:
        place, number = f"/choices/{position}", self.numbered(position, choice)
        name = f"/choices/{number}"
        _CHOICE(self.tape.scope(place, name, whole=True), "", choice)
        logprobs = member(choice, "logprobs")
        if logprobs is not None:
            _LOGPROBS(self.tape.scope(place, name), "", {"logprobs": logprobs})
        for part in ("delta", "message"):
            said = member(choice, part)
            if said is not None:
                self._delta(f"{place}/{part}", f"{name}/{part}", said)
        self.finished(number, choice)

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
            number = index_of(call, position)
            scope = self.tape.scope(f"{place}/tool_calls/{position}", f"{name}/tool_calls/{number}")
            CALL(scope, "", call)
