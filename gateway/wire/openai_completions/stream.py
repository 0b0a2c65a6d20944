"""The event stream of completions."""

from typing import ClassVar

from gateway.wire.body import items, latest, member
from gateway.wire.chunks import ChunkReader
from gateway.wire.openai_completions.response import CHOICE, ENVELOPE, LOGPROBS
from gateway.wire.read import Reader, fields, ignored, text
from gateway.wire.views import usage

_CHUNK: Reader = fields({**ENVELOPE, "choices": ignored, "error": ignored})
_CHOICE: Reader = fields({**CHOICE, "text": ignored, "logprobs": ignored})
_SPOKEN: Reader = fields({"text": text("text"), "logprobs": LOGPROBS})


class CompletionReader(ChunkReader):
    """A stream of chunks."""

    kept = ("id", "object", "created", "model", "system_fingerprint")
    silent: ClassVar = {"text": ""}

    def chunk(self, chunk: dict[str, object]) -> None:
        """What a chunk says."""
        _CHUNK(self.tape.scope("", "", whole=True), "", chunk)
        self.failed(chunk)
        for position, choice in enumerate(items(chunk.get("choices"))):
            self._choice(position, choice)
        self.usage = latest(self.usage, usage(chunk.get("usage")))

    def _choice(self, position: int, choice: object) -> None:
        place, number = f"/choices/{position}", self.numbered(position, choice)
        name = f"/choices/{number}"
        _CHOICE(self.tape.scope(place, name, whole=True), "", choice)
        spoken = {part: member(choice, part) for part in ("text", "logprobs")}
        _SPOKEN(self.tape.scope(place, name), "", spoken)
        self.finished(number, choice)
