"""Speech that becomes text."""

from collections.abc import Mapping

from gateway.wire.body import items, latest, member, word
from gateway.wire.chunks import error_name
from gateway.wire.envelopes import stopped
from gateway.wire.forms import upload
from gateway.wire.openai_chat.response import tokens
from gateway.wire.read import Reader, Table, anything, control, each, fields, ignored, text, url
from gateway.wire.sink import Sink
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader
from gateway.wire.views import usage

CONTROL = frozenset(["chunking_strategy", "language", "response_format", "temperature"])
"""Fields that steer and do not speak."""

HEARD: Reader = fields(
    {
        **dict.fromkeys(CONTROL, control),
        "model": control,
        "stream": ignored,
        "file": upload("audio"),
        "prompt": text("text"),
        "include[]": control,
        "languages[]": control,
        "timestamp_granularities[]": control,
        "keywords[]": each(anything),
        "known_speaker_names[]": each(text("name")),
        "known_speaker_references[]": each(url),
    }
)
"""The request."""


def words(sink: Sink, pointer: str, value: object) -> None:
    """They repeat the text, word by word: read as one, and not to be edited."""
    spoken = " ".join(word(member(entry, "word")) for entry in items(value))
    sink.segment("metadata", pointer, spoken, fixed=True)


_SEGMENT: Reader = fields(
    {
        "id": control,
        "type": control,
        "text": text("text"),
        "speaker": text("name"),
        "tokens": ignored,
        **dict.fromkeys(
            ["start", "end", "seek", "temperature", "avg_logprob", "compression_ratio", "no_speech_prob"],
            ignored,
        ),
    }
)

_AROUND: Table = {
    "duration": ignored,
    "language": control,
    "languages": control,
    "task": control,
    "usage": control,
}

WRITTEN: Reader = fields(
    {**_AROUND, "text": text("text"), "segments": each(_SEGMENT), "words": words, "logprobs": tokens}
)
"""The response."""

_EVENT: Table = {
    **_AROUND,
    "type": control,
    "segment_id": control,
    "delta": ignored,
    "text": ignored,
    "logprobs": ignored,
}
_SAID: Reader = fields({"text": text("text"), "logprobs": tokens})


class TranscriptionReader(StreamReader):
    """A text in fragments, and then the whole of it."""

    def read(self, frame: Frame) -> None:
        """What a frame with data means."""
        event = self.tape.value()
        if isinstance(event, dict):
            self._event(event)
        elif frame.data.startswith("[DONE]"):
            self.complete = True
        else:
            self.tape.unread()

    def _event(self, event: dict[str, object]) -> None:
        kind = word(event.get("type"))
        if kind == "transcript.text.segment":
            scope = self.tape.scope("", f"/segments/{self.tape.newest}", whole=True)
            _SEGMENT(scope, "", event)
            return
        around = self.tape.scope("", f"/events/{self.tape.newest}", whole=True)
        fields(_EVENT)(around, "", event)
        text("text")(self.tape.scope("/delta", "/text"), "", event.get("delta"))
        said = {name: event.get(name) for name in ("text", "logprobs")}
        _SAID(self.tape.scope("", "", whole=kind.endswith(".done")), "", said)
        self.usage = latest(self.usage, usage(event.get("usage")))
        if "error" in event or kind == "error":
            self.error = error_name(event.get("error") or event)
        if kind == "transcript.text.done":
            self.complete = True
            self.tape.end()
            self.tape.mark_last()

    def ending(self, ours: Mapping[str, str]) -> bytes:
        """An error: a transcription has no other way to end early."""
        return stopped(ours)
