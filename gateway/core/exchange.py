"""An exchange: one client call, from request through the end of the response."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

StreamMode = Literal["window", "buffer", "observe"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling, as the gateway knows them. No credential is ever kept here."""

    key: str = ""
    """Id of the gateway key, not the key; empty when callers bring the provider's own."""

    tenant: str = "default"
    app: str = ""
    roles: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Destination:
    """An upstream that may receive the exchange, as policy sees it."""

    name: str
    dialect: str
    labels: Mapping[str, str] = field(default_factory=dict)
    """Operator's labels, such as ``trust = "internal"`` or ``region = "eu"``."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is known of a call before any check runs."""

    id: str
    """Unique, sortable by time; also the id that callers see as the decision id."""

    endpoint: str
    """Name in the endpoint table, such as ``chat.completions``."""

    dialect: str
    """Dialect the caller speaks, such as ``openai_chat``."""

    caller: Caller
    model: str = ""
    """Model as the caller asked for it; empty where the endpoint has none."""

    route: str = ""
    """Pattern of the route that matched."""

    destinations: tuple[Destination, ...] = ()
    """Every upstream that may receive it, first choice first."""

    stream: bool = False
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Scalar request parameters, such as ``temperature`` and ``max_tokens``."""

    tools: tuple[str, ...] = ()
    """Names of the tools offered to the model."""

    body_bytes: int = 0
    received_ms: int = 0
    """Wall clock at arrival, milliseconds since the Unix epoch."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the upstream counted them; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None


class Outcome(NamedTuple):
    """What really went over the wire."""

    status: int
    """HTTP status the caller got; 499 when it left before an answer."""

    ending: Literal["complete", "denied", "refused", "upstream_error", "disconnected", "fault"]
    """``refused`` is the caller's fault, ``fault`` is ours, ``denied`` is policy's answer."""

    code: str = ""
    """Machine-readable detail of an ending that is not ``complete``."""

    upstream: str = ""
    """Name of the upstream that answered; empty when none was asked."""

    attempts: int = 0
    bytes_out: int = 0
    usage: Usage = Usage()
    finish: str = ""
    """The model's own finish reason, in the caller's dialect."""

    micros: Mapping[str, int] = MappingProxyType({})
    """Microseconds by stage: ``detect``, ``policy``, ``record``, ``upstream``, ``total``."""

    restored: Mapping[str, int] = MappingProxyType({})
    """How many placeholders were replaced by the caller's own values, by label."""
