"""Commands: what the exchange asks of the world. The server alone performs them.

A flow is a generator. It yields one command at a time; the driver performs it and sends the result
back, or throws the fault that happened. So the whole life of an exchange reads as straight code and
is tested as a table of commands and replies, without a socket.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.core.decision import Phase
from gateway.core.exchange import Exchange
from gateway.core.segment import Segment
from gateway.detect.detector import Occasion
from gateway.flow.governance import Rules
from gateway.policy.matter import Matter
from gateway.providers.client import UpstreamRequest, UpstreamResponse
from gateway.providers.upstream import Upstream

Headers = Sequence[tuple[bytes, bytes]]
_NOWHERE = Occasion()


@dataclass(slots=True)
class Detect:
    """Run detectors over segments. Result: :class:`gateway.detect.runner.Detection`."""

    segments: Sequence[Segment]
    detectors: Sequence[str]
    deadline_s: float
    occasion: Occasion = _NOWHERE


@dataclass(slots=True)
class Prepare:
    """Ask policy which checks to run. Result: :class:`gateway.policy.plan.Plan`; throws ``PolicyFault``."""

    rules: Rules
    exchange: Exchange


@dataclass(slots=True)
class Judge(Matter):
    """Ask policy. Result: :class:`gateway.core.decision.Decision`."""

    now_ms: int = 0


@dataclass(slots=True)
class Content:
    """A body that a record is about."""

    record: dict[str, Any]
    """Gets the commitment to the body, and where it is kept, before it becomes durable."""

    exchange: Exchange
    members: Mapping[str, object]
    """The request's parsed body: it may say whom the exchange is about."""

    phase: Phase
    body: bytes
    keep: bool
    """Whether policy lets the body into the content vault, where there is one."""


@dataclass(slots=True)
class Record:
    """Make records durable, and before them what is kept of the bodies that they are about. Result, and only
    then: False where the records were bypassed; throws ``RecordFault``."""

    records: Sequence[dict[str, Any]]
    contents: Sequence[Content] = ()
    required: bool = True
    """Whether nothing may go on without them."""


@dataclass(slots=True)
class Forward:
    """Send the request. Result: an open ``UpstreamResponse``; throws ``UpstreamError``."""

    upstreams: Sequence[Upstream]
    request: UpstreamRequest


@dataclass(slots=True)
class Collect:
    """Read the whole response body. Result: bytes; throws ``UpstreamError``."""

    response: UpstreamResponse


@dataclass(slots=True)
class Reply:
    """Answer the caller with a whole body."""

    status: int
    headers: Headers
    body: bytes


@dataclass(slots=True)
class Relay:
    """Answer the caller with the response's chunks as they come. Result: :class:`Relayed`."""

    response: UpstreamResponse
    headers: Headers
    keep: bool
    """Whether the bytes are wanted afterwards."""


@dataclass(slots=True)
class Next:
    """Read on. Result: the next bytes of the body, None at its end; throws ``UpstreamError``."""

    response: UpstreamResponse


@dataclass(slots=True)
class Start:
    """Begin an answer whose bytes come later."""

    status: int
    headers: Headers


@dataclass(slots=True)
class Write:
    """Give the caller the next bytes of an answer that was begun."""

    body: bytes


@dataclass(slots=True)
class Relayed:
    """What a relay let through."""

    body: bytes
    """Everything that was sent, when it was asked to be kept."""

    size: int


class Disconnected(Exception):
    """Thrown into the flow when the caller has left."""


Command = Prepare | Detect | Judge | Record | Forward | Collect | Next | Reply | Relay | Start | Write
Flow = Generator[Command, Any, None]
