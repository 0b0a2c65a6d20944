"""OpenAI's audio: text becomes speech, and speech becomes text."""

from typing import Final

from gateway.core.errors import CallerError
from gateway.wire.blob import is_json, opaque_blob, text_blob
from gateway.wire.body import required_object
from gateway.wire.dialect import BlobView, Dialect, RequestView, ResponseView
from gateway.wire.endpoint import Endpoint, v1
from gateway.wire.envelopes import OpenAIErrors
from gateway.wire.forms import with_flags
from gateway.wire.openai_audio.census import SPEECH, TRANSCRIPTION
from gateway.wire.openai_audio.speech import CONTROL as SPEECH_CONTROL
from gateway.wire.openai_audio.speech import SPOKEN, SpeechReader
from gateway.wire.openai_audio.transcription import CONTROL, HEARD, WRITTEN, TranscriptionReader
from gateway.wire.read import control
from gateway.wire.stream import StreamReader, is_event_stream
from gateway.wire.views import request_view, response_view, unknown_shape


class OpenAISpeech(OpenAIErrors):
    """``POST /v1/audio/speech``."""

    __slots__ = ()
    name: Final = "openai_speech"
    family: Final = "openai"

    def request(self, body: object) -> RequestView:
        """Understand a parsed request.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        request = required_object(body)
        if not isinstance(request.get("input"), str):
            raise CallerError(400, "invalid_type", "input must be a string", "/input")
        return request_view(request, SPOKEN, SPEECH_CONTROL)

    def response(self, body: object) -> ResponseView:
        """Speech is no JSON; what is, is read."""
        return response_view(body, control)

    def blob(self, raw: bytes, content_type: bytes) -> BlobView | None:
        """Sound."""
        return None if is_json(content_type) else opaque_blob(raw, "audio")

    def stream(self, content_type: bytes) -> StreamReader | None:
        """A reader for an event stream."""
        return SpeechReader() if is_event_stream(content_type) else None


class OpenAITranscriptions(OpenAIErrors):
    """``POST /v1/audio/transcriptions`` and ``POST /v1/audio/translations``."""

    __slots__ = ()
    name: Final = "openai_transcriptions"
    family: Final = "openai"

    def request(self, body: object) -> RequestView:
        """Understand a parsed form.

        Raises:
            CallerError: 400 ``invalid_type``.
        """
        return request_view(with_flags(required_object(body)), HEARD, CONTROL)

    def response(self, body: object) -> ResponseView:
        """Understand a parsed response."""
        known = isinstance(body, dict) and "text" in body
        return response_view(body, WRITTEN if known else unknown_shape)

    def blob(self, raw: bytes, content_type: bytes) -> BlobView | None:
        """Plain text, or subtitles."""
        return None if is_json(content_type) else text_blob(raw)

    def stream(self, content_type: bytes) -> StreamReader | None:
        """A reader for an event stream."""
        return TranscriptionReader() if is_event_stream(content_type) else None


DIALECT: Final[Dialect] = OpenAITranscriptions()
SPEECH_DIALECT: Final[Dialect] = OpenAISpeech()

ENDPOINTS: Final = (
    Endpoint("audio.speech", "POST", v1("/audio/speech"), SPEECH_DIALECT, census=SPEECH),
    *(
        Endpoint(
            f"audio.{name}", "POST", v1(f"/audio/{name}"), DIALECT, body="multipart", census=TRANSCRIPTION
        )
        for name in ("transcriptions", "translations")
    ),
)
