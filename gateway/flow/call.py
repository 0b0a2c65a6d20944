"""A call as it arrived, before anything is known about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.core.exchange import Caller
from gateway.wire.endpoint import Endpoint
from gateway.wire.path import Template

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
    template: Template | None = None
    """The spelling of the endpoint's path that was used; None for an unknown one."""

    parts: Mapping[str, str] = field(default_factory=dict)
    """What stands in the named parts of the path, decoded."""

    @property
    def unknown(self) -> bool:
        """Whether no codec reads this endpoint."""
        return self.endpoint.name == UNKNOWN

    @property
    def query(self) -> str:
        """The query string, as received."""
        return self.path.partition("?")[2]

    def path_for(self, model: str) -> str:
        """The path for an upstream that knows the model under another name."""
        if self.template is None or "model" not in self.parts:
            return self.path
        path = self.template.filled({**self.parts, "model": model})
        return f"{path}?{self.query}" if self.query else path
