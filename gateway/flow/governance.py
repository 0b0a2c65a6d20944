"""What exchanges are governed by."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from gateway.core.exchange import Exchange
from gateway.core.segment import Segment
from gateway.flow.placeholders import Seal
from gateway.flow.redaction import Digest
from gateway.policy.plan import Plan
from gateway.providers.upstream import Routing


class Rules(Protocol):
    """The policy snapshot that one exchange keeps from start to end."""

    @property
    def revision(self) -> str:
        """Digest of the bundle."""

    def plan(self, exchange: Exchange) -> Plan | Awaitable[Plan]:
        """Which checks to run; an engine outside this process is awaited. Raises ``PolicyFault``."""


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

    seen_digest: Digest | None = None
    """Keyed digest of a text as policy sees it; None where no rule reads digests."""

    def digests(self, segments: Iterable[Segment]) -> dict[str, str]:
        """Digests by segment id, for the record, where rules read them."""
        digest = self.seen_digest
        return {segment.id: digest(segment.text) for segment in segments} if digest else {}
