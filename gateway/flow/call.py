"""A call as it arrived, before anything is known about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.exchange import Caller
from gateway.wire.endpoints import Endpoint

UNKNOWN = "unknown"
"""Name of the endpoint that stands for all that no codec reads."""


@dataclass(slots=True)
class Call:
    """One client call, its body read whole."""

    id: str
    """The exchange's id."""

    endpoint: Endpoint
    method: str
    path: str
    """Path below the dialect's base, with the query string: what the upstream is asked for."""

    headers: Sequence[tuple[bytes, bytes]]
    """Cleaned for the upstream, lower-case names."""

    body: bytes
    caller: Caller
    received_ms: int

    @property
    def unknown(self) -> bool:
        """Whether no codec reads this endpoint."""
        return self.endpoint.name == UNKNOWN
