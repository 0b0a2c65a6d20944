"""What exchanges are governed by."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.core.exchange import Exchange
from gateway.flow.placeholders import Seal
from gateway.flow.redaction import Digest
from gateway.policy.plan import Plan
from gateway.providers.upstream import Routing


class Rules(Protocol):
    """The policy snapshot that one exchange keeps from start to end."""

    @property
    def revision(self) -> str:
        """Digest of the bundle."""

    def plan(self, exchange: Exchange) -> Plan:
        """Which checks to run. Raises ``PolicyFault``."""


@dataclass(frozen=True, slots=True)
class Governance:
    """What exchanges are governed by; one immutable value shared by many."""

    routing: Routing
    rules: Rules
    digest: Digest
    """Keyed digest of a text, for redaction by hash."""

    seal: Seal
    """Keyed digest of several texts, for placeholders and lookalikes."""

    commit: Callable[[bytes], str]
    """Keyed commitment to a body, for the record."""

    micros: Callable[[], int]
    """Monotonic clock, microseconds."""

    keeps: bool = False
    """Whether there is a content vault, for bodies whose plan says so."""

    judges: bool = True
    """Whether anybody looks at what goes through: false where there is neither policy nor record."""
