"""Text that becomes speech."""

from collections.abc import Mapping

from gateway.wire.body import latest, word
from gateway.wire.chunks import error_name
from gateway.wire.envelopes import stopped
from gateway.wire.read import Reader, control, fields, opaque, text
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader
from gateway.wire.views import usage

CONTROL = frozenset(["response_format", "speed", "stream_format", "voice"])
"""Fields that steer and do not speak."""

SPOKEN: Reader = fields(
    {
        **dict.fromkeys(CONTROL, control),
        "model": control,
        "input": text("text"),
        "instructions": text("system"),
    }
)
"""The request."""

_EVENT: Reader = fields({"type": control, "audio": opaque("audio"), "usage": control})


class SpeechReader(StreamReader):
    """Speech in pieces."""

    def read(self, frame: Frame) -> None:  # noqa: ARG002 - the tape has it
        """What a frame with data means."""
        event = self.tape.value()
        if not isinstance(event, dict):
            self.tape.unread()
            return
        _EVENT(self.tape.scope("", "/events", whole=True), "", event)
        self.usage = latest(self.usage, usage(event.get("usage")))
        if "error" in event:
            self.error = error_name(event["error"])
        if word(event.get("type")) == "speech.audio.done":
            self.complete = True
            self.tape.mark_last()

    def ending(self, ours: Mapping[str, str]) -> bytes:
        """An error: speech has no other way to end early."""
        return stopped(ours)
