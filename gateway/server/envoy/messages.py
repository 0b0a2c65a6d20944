"""The messages of ``envoy.service.ext_proc.v3.ExternalProcessor``, as far as they are used here.

Numbers are those of ``external_processor.proto``, ``base.proto``, ``processing_mode.proto`` and
``http_status.proto`` in Envoy's API, version 3.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from gateway.server.envoy.protobuf import Malformed, fields, message, messages, number, put, put_number

Headers = Sequence[tuple[bytes, bytes]]
Stage = Literal["request_headers", "response_headers", "request_body", "response_body", "trailers"]

SERVICE: Final = "envoy.service.ext_proc.v3.ExternalProcessor"
METHOD: Final = "Process"

_STAGES: Final[dict[int, Stage]] = {
    2: "request_headers",
    3: "response_headers",
    4: "request_body",
    5: "response_body",
    6: "trailers",
    7: "trailers",
}
_OBSERVING, _PROTOCOL = 10, 11
_ANSWERS: Final[dict[Stage, int]] = {
    "request_headers": 1,
    "response_headers": 2,
    "request_body": 3,
    "response_body": 4,
}
_IMMEDIATE: Final = 7
_OVERWRITE: Final = 2


class BodyMode(IntEnum):
    """How Envoy sends bodies (``ProcessingMode.BodySendMode``)."""

    NONE = 0
    STREAMED = 1
    BUFFERED = 2
    BUFFERED_PARTIAL = 3
    FULL_DUPLEX_STREAMED = 4
    GRPC = 5


@dataclass(frozen=True, slots=True)
class Modes:
    """What Envoy is configured to send; told with the first message of a stream."""

    request_body: int
    response_body: int
    observing: bool = False
    """Whether Envoy would ignore what it is answered."""


@dataclass(frozen=True, slots=True)
class Told:
    """One message of Envoy's: headers or a body, of the request or of the response."""

    stage: Stage
    headers: Headers = ()
    body: bytes = b""
    last: bool = False
    """Whether nothing of this request or response follows."""

    modes: Modes | None = None


def told(raw: bytes) -> Told:
    """Read a ``ProcessingRequest``.

    Raises:
        Malformed: no message, or one of a kind that this gateway does not know.
    """
    modes: Modes | None = None
    stage: Stage | None = None
    content = b""
    for found, value in fields(raw):
        if found == _PROTOCOL and isinstance(value, bytes):
            modes = Modes(number(value, 1), number(value, 2), observing=bool(number(raw, _OBSERVING)))
        elif found in _STAGES and isinstance(value, bytes):
            stage, content = _STAGES[found], value
    if stage is None:
        raise Malformed("neither headers nor a body")
    if stage in ("request_body", "response_body"):
        return Told(stage, body=message(content, 1), last=bool(number(content, 2)), modes=modes)
    return Told(stage, _headers(message(content, 1)), last=bool(number(content, 3)), modes=modes)


def _headers(raw: bytes) -> Headers:
    """Values come raw; ``value`` is what older versions sent."""
    pairs = [(message(entry, 1), message(entry, 3) or message(entry, 2)) for entry in messages(raw, 1)]
    return [(name.lower(), value) for name, value in pairs]


def go_on(
    stage: Stage,
    *,
    set_: Headers = (),
    remove: Iterable[bytes] = (),
    body: bytes | None = None,
    reroute: bool = False,
) -> bytes:
    """A ``ProcessingResponse`` that lets a stage pass, with changes of headers and, if given, of the body."""
    common = put(2, _mutation(set_, remove)) if set_ or remove else b""
    if body is not None:
        common += put(3, put(1, body) if body else put_number(2, 1))
    return put(_ANSWERS[stage], put(1, common + put_number(5, int(reroute))))


def stop(status: int, headers: Headers, body: bytes) -> bytes:
    """A ``ProcessingResponse`` that answers the caller at once."""
    immediate = put(1, put_number(1, status)) + put(2, _mutation(headers, ())) + put(3, body)
    return put(_IMMEDIATE, immediate)


def _mutation(set_: Headers, remove: Iterable[bytes]) -> bytes:
    """Named headers take the place of what is there."""
    options = [put(1, put(1, name) + put(3, value)) + put_number(3, _OVERWRITE) for name, value in set_]
    return b"".join([*(put(1, option) for option in options), *(put(2, name) for name in remove)])
