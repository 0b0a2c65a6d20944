"""Where the text is in contents and their parts; requests, responses and streams share them.

A part has no ``type``: it is what its one filled field says. All fields are read, whichever are filled.
"""

import base64
import binascii
import re

from gateway.core.segment import Kind, Role
from gateway.wire.gemini_generate.cases import cased, either
from gateway.wire.read import (
    Reader,
    anything,
    control,
    each,
    fields,
    ignored,
    leaves,
    schema,
    spoken_by,
    text,
    with_gap,
)
from gateway.wire.sink import Sink

ROLES: dict[str, Role] = {"model": "assistant", "user": "user", "function": "tool", "system": "system"}
"""Their roles in our words; an unknown one speaks as a user, the least trusted."""

_KINDS: dict[Role, Kind] = {"system": "system", "tool": "tool_result"}
# Media types whose bytes are text, so that they need not go unread.
_TEXTUAL = re.compile(
    r"text/.*|application/(?:json|xml|yaml|x-yaml|javascript|x-javascript|x-python|x-www-form-urlencoded|rtf)"
    r"|application/[\w.-]+\+(?:json|xml)"
)
_MEDIA = frozenset({"image", "audio", "video"})


def spoken(sink: Sink, pointer: str, value: object) -> None:
    """Text of a kind that follows from who says it."""
    text(_KINDS.get(sink.role, "text"))(sink, pointer, value)


def part(sink: Sink, pointer: str, value: object) -> None:
    """One part of any kind. A string in a part's place is read as its text."""
    if isinstance(value, str):
        spoken(sink, pointer, value)
    elif either(value, "thought"):
        _THOUGHT(sink, pointer, value)
    else:
        _PART(sink, pointer, value)


def content(sink: Sink, pointer: str, value: object) -> None:
    """One content: who speaks, and the parts."""
    speaker = sink.role
    role = either(value, "role")
    if speaker not in ("system", "assistant"):
        sink.role = ROLES.get(role, "user") if isinstance(role, str) else "user"
    _CONTENT(sink, pointer, value)
    sink.role = speaker


def blob(sink: Sink, pointer: str, value: object) -> None:
    """Bytes inside the body. Where they are text by their media type, they are read as text."""
    said = _as_text(value)
    if said is None:
        sink.gap(pointer, _medium(value))
    else:
        sink.segment(_KINDS.get(sink.role, "text"), f"{pointer}/data", said, fixed=True)
    _BLOB(sink, pointer, value)


def stored(sink: Sink, pointer: str, value: object) -> None:
    """A file elsewhere: its address is read, what it holds cannot be."""
    sink.gap(pointer, _medium(value))
    _STORED(sink, pointer, value)


def _medium(value: object) -> str:
    """What kind of thing cannot be read."""
    media_type = either(value, "mimeType")
    kind = media_type.partition("/")[0].lower() if isinstance(media_type, str) else ""
    return kind if kind in _MEDIA else "file"


def _as_text(value: object) -> str | None:
    """The text of bytes whose media type says that they are text; None where they are not."""
    media_type, data = either(value, "mimeType"), either(value, "data")
    if not (isinstance(media_type, str) and isinstance(data, str)):
        return None
    if not _TEXTUAL.fullmatch(media_type.partition(";")[0].strip().lower()):
        return None
    padded = data.translate(_STANDARD).rstrip("=")
    try:
        return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None


# Parsers of Protocol Buffers' JSON take either alphabet of RFC 4648, with padding or without.
_STANDARD = str.maketrans("-_", "+/")

_BLOB: Reader = fields(cased({"mimeType": control, "data": ignored, "displayName": text("metadata")}))
_STORED: Reader = fields(
    cased({"mimeType": control, "fileUri": text("metadata"), "displayName": text("metadata")})
)

ARGUMENTS: Reader = leaves("tool_arguments")
VALUES = ("stringValue", "numberValue", "boolValue", "nullValue")
FRAGMENT = cased(
    {
        "jsonPath": schema,
        "willContinue": ignored,
        "stringValue": text("tool_arguments"),
        **dict.fromkeys(VALUES[1:], ARGUMENTS),
    }
)
"""A piece of one argument, in a call that comes in pieces."""

_FRAGMENT: Reader = fields(FRAGMENT, other=ARGUMENTS)
FUNCTION_CALL: Reader = fields(
    cased(
        {
            "id": control,
            "name": text("name"),
            "args": ARGUMENTS,
            "partialArgs": each(_FRAGMENT, other=_FRAGMENT),
            "willContinue": ignored,
        }
    )
)
_ABOUT = dict.fromkeys(
    (
        "audioMetadata",
        "documentMetadata",
        "mediaProcessing",
        "mediaResolution",
        "speechMetadata",
        "spreadsheetMetadata",
        "videoMetadata",
    ),
    control,
)
_UNKNOWN: Reader = with_gap("unknown_part", leaves("text"))
_RESPONSE_PART: Reader = fields(cased({"inlineData": blob, "fileData": stored, **_ABOUT}), other=_UNKNOWN)
_FUNCTION_RESPONSE: Reader = fields(
    cased(
        {
            "id": control,
            "name": text("name"),
            "response": spoken_by("tool", leaves("tool_result")),
            "parts": spoken_by("tool", each(_RESPONSE_PART, other=_RESPONSE_PART)),
            "willContinue": ignored,
            "scheduling": control,
        }
    )
)
_FIELDS = {
    "text": spoken,
    "thought": ignored,
    # The provider's encrypted state: it must come back as it went out.
    "thoughtSignature": ignored,
    "inlineData": blob,
    "fileData": stored,
    "functionCall": FUNCTION_CALL,
    "functionResponse": _FUNCTION_RESPONSE,
    "executableCode": fields(cased({"id": control, "language": control, "code": text("tool_arguments")})),
    "codeExecutionResult": fields(
        cased({"id": control, "outcome": control, "output": spoken_by("tool", text("tool_result"))})
    ),
    "toolCall": fields(cased({"id": control, "toolType": control, "args": ARGUMENTS})),
    "toolResponse": fields(
        cased({"id": control, "toolType": control, "response": spoken_by("tool", leaves("tool_result"))})
    ),
    "partMetadata": anything,
    "audioTranscription": text("text"),
    **_ABOUT,
}
_PART: Reader = fields(cased(_FIELDS), other=_UNKNOWN)
# A thought is the summary of what the signature beside it holds.
_THOUGHT: Reader = fields(cased({**_FIELDS, "text": text("reasoning", fixed=True)}), other=_UNKNOWN)

AROUND_PARTS = cased({"role": control})
"""Fields of a content besides its parts."""

_CONTENT: Reader = fields({**AROUND_PARTS, "parts": each(part, other=part)}, other=part)
