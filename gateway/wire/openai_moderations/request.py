"""What a call to ``/v1/moderations`` asks about."""

from collections.abc import Sequence

from gateway.core.errors import CallerError
from gateway.wire.strict import parse_object

MOST = 2048
"""Inputs of one call."""

Question = tuple[str, ...]
"""Texts that are judged together and get one result."""


def questions(raw: bytes) -> Sequence[Question]:
    """One question for each result that the caller expects.

    A string is one, a list of strings one each, and a list of content parts one together.

    Raises:
        CallerError: 400; the body is none of these, or has a part that is no text.
    """
    match parse_object(raw).get("input"):
        case str(text):
            return [(text,)]
        case [*entries] if 0 < len(entries) <= MOST:
            if all(isinstance(entry, str) for entry in entries):
                return [(str(entry),) for entry in entries]
            return [tuple(_part(entry, at) for at, entry in enumerate(entries))]
    raise CallerError(
        400, "invalid_input", f"`input` must be text, or a list of 1 to {MOST} of them", "/input"
    )


def _part(entry: object, at: int) -> str:
    match entry:
        case {"type": "text", "text": str(text)}:
            return text
        case {"type": "image_url"}:
            raise CallerError(400, "image_unsupported", "only text can be judged here", f"/input/{at}")
    raise CallerError(400, "invalid_input", "neither text nor a part with text", f"/input/{at}")
