"""A request's body, parsed by its kind, and edits of it that leave every other byte as it was."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.core.errors import CallerError
from gateway.wire.endpoint import BodyKind
from gateway.wire.multipart import form
from gateway.wire.splice import Edit, splice
from gateway.wire.strict import parse_object

Splice = Callable[[bytes, Sequence[Edit], Sequence[str]], bytes]
"""The bytes with edits made and the members at some pointers taken out; raises ``LookupError``."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A body, parsed."""

    value: Mapping[str, Any]
    """What its dialect reads; the top level also answers where routing asks for the model."""

    splice: Splice = splice
    """Edits of these bytes, or of an edited version of them."""


def read_payload(kind: BodyKind, raw: bytes, content_type: bytes) -> Payload:
    """Parse a body strictly.

    Raises:
        CallerError: 400; the body is not of the kind, or two parsers could read it differently.
    """
    return _READERS[kind](raw, content_type)


def _json(raw: bytes, content_type: bytes) -> Payload:  # noqa: ARG001 - many clients name none
    return Payload(parse_object(raw))


def _multipart(raw: bytes, content_type: bytes) -> Payload:
    """A form; some of these endpoints take the same fields as JSON too."""
    if content_type.partition(b";")[0].strip().lower() == b"application/json":
        return _json(raw, content_type)
    found = form(content_type)
    return Payload(found.fields(raw), found.splice)


def _none(raw: bytes, content_type: bytes) -> Payload:  # noqa: ARG001 - there is nothing that it could name
    if raw:
        raise CallerError(400, "unexpected_body", "this endpoint takes no body")
    return Payload({})


_READERS: Mapping[str, Callable[[bytes, bytes], Payload]] = {
    "json": _json,
    "multipart": _multipart,
    "none": _none,
}
