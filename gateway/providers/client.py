"""The seam between the gateway and whatever speaks HTTP to an upstream.

Everything above knows these types only. Two clients keep their contract:
:class:`gateway.providers.http1.Http1Client`, and :class:`gateway.providers.passthrough.PassthroughClient`
for upstreams behind a proxy.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.core.errors import UpstreamError
from gateway.providers.upstream import Upstream

Headers = Sequence[tuple[bytes, bytes]]


@dataclass(slots=True)
class UpstreamRequest:
    """A request, ready to go out."""

    method: str
    path: str
    """What follows the upstream's base URL, query string included: ``/chat/completions``."""

    headers: Headers = field(repr=False)
    """The caller's headers, cleaned by :func:`gateway.providers.headers.to_upstream`."""

    body: bytes = field(repr=False)
    """Sent exactly as it is here."""

    stream: bool
    """Whether the caller asked for a stream."""

    family: str
    """The caller's dialect family: ``openai`` or ``anthropic``."""

    endpoint: str
    """Name in the endpoint table, such as ``chat.completions``."""

    model: str = ""
    """The model's name in the body or the path; empty where there is none."""

    renamed: Callable[[str], bytes] | None = field(default=None, repr=False)
    """The body with another model's name, and every other byte as it is."""

    azure: bool = False
    """Whether the path came in Azure's spelling: with a version, and perhaps a deployment in place of
    the body's model."""

    path_for: Callable[[str], str] | None = field(default=None, repr=False)
    """The path with another model's name, where one stands there."""


class UpstreamResponse(Protocol):
    """An answer whose head has arrived. Whoever holds one reads it to its end or closes it."""

    status: int
    headers: Headers
    """Lower-case names, without the hop-by-hop fields of RFC 9110 section 7.6.1."""

    upstream: str
    """Name of the upstream that answered."""

    attempts: int
    """How many requests it took, this one included."""

    async def read(self) -> bytes:
        """The whole body. Raises ``UpstreamError`` if it breaks off or is larger than allowed."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises ``UpstreamError`` if it breaks off: it never just ends early."""
        ...

    async def aclose(self) -> None:
        """Let go. What has not been read by then is cancelled at the upstream."""
        ...


class UpstreamClient(Protocol):
    """Sends requests. One serves all exchanges of a process and holds nothing about any."""

    async def send(self, upstream: Upstream, request: UpstreamRequest) -> UpstreamResponse:
        """Send once and return as soon as the head of the answer is there.

        Raises:
            UpstreamError: no usable answer came.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


class ConnectTimeout(UpstreamError):
    """No connection in time, so nothing was sent, and asking again cannot be billed twice."""

    def __init__(self, message: str, *, upstream: str) -> None:
        super().__init__("timeout", message, upstream=upstream)
