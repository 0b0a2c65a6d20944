"""The event stream of TGI: a token an event, and in the last one the whole text once more."""

from collections.abc import Mapping

import orjson

from gateway.wire.body import member, word
from gateway.wire.read import Reader, anything, control, fields, ignored, text
from gateway.wire.sse import Frame
from gateway.wire.stream import StreamReader
from gateway.wire.tgi_generate.response import DETAILS, usage

_TEXT = "/token/text"
"""The channel of what is said. Special tokens are no part of it, nor of the whole text at the end."""

_EVENT: Reader = fields(
    {
        "index": ignored,
        "token": ignored,
        "top_tokens": ignored,
        "generated_text": ignored,
        "details": ignored,
        "error": anything,
        "error_type": control,
    }
)
_TOKEN: Reader = fields({"id": ignored, "logprob": ignored, "special": ignored, "text": text("text")})
_WHOLE: Reader = text("text")


class TokenReader(StreamReader):
    """A stream of tokens."""

    def read(self, frame: Frame) -> None:  # noqa: ARG002 - the tape has it
        """What an event means."""
        event = self.tape.value()
        if not isinstance(event, dict):
            self.tape.unread()
            return
        _EVENT(self.tape.scope("", "", whole=True), "", event)
        special = "/special" if member(event, "token", "special") is True else ""
        _TOKEN(self.tape.scope("/token", f"{special}/token"), "", event.get("token"))
        if event.get("error"):
            self.error = word(event.get("error_type")) or "error"
        if event.get("generated_text") is not None:
            self._last(event)

    def ending(self, ours: Mapping[str, str]) -> bytes:
        """An error, since TGI knows no other way to end early."""
        said = {
            "error": f"Denied by policy: {ours.get('reason') or ours.get('rule', '')}",
            "error_type": "content_policy_violation",
            "lictor": dict(ours),
        }
        return b"data:" + orjson.dumps(said) + b"\n\n"

    def _last(self, event: dict[str, object]) -> None:
        details = event.get("details")
        _WHOLE(self.tape.scope("/generated_text", _TEXT, whole=True), "", event["generated_text"])
        DETAILS(self.tape.scope("/details", "/details", whole=True), "", details)
        self.usage = usage(details)
        self.finish = word(member(details, "finish_reason"))
        self.complete = True
        self.tape.end()
        self.tape.mark_last()
