"""Which entries are wanted."""

from dataclasses import dataclass

from gateway.audit.canonical import Record

TYPES = (
    "open", "decision", "outcome", "refused", "judge", "bundle", "approval", "shadow", "access", "erasure",
    "hold", "retention", "report", "eval_run", "gate", "heartbeat", "bypass", "close",
)  # fmt: skip
"""Record types, in the order of ``docs/spec/audit-log.md``."""


@dataclass(frozen=True, slots=True)
class Selection:
    """All that is said must fit; by default everything does."""

    types: frozenset[str] = frozenset()
    """Record types; empty stands for all."""

    since_ms: int | None = None
    until_ms: int | None = None
    """Times of records in milliseconds since the Unix epoch, both inclusive."""

    def takes(self, record: Record) -> bool:
        """Whether a record is wanted."""
        if self.types and record.get("type") not in self.types:
            return False
        return self._in_time(record.get("ts"))

    def _in_time(self, now: object) -> bool:
        if self.since_ms is None and self.until_ms is None:
            return True
        if not isinstance(now, int):
            return False
        return (self.since_ms or 0) <= now and (self.until_ms is None or now <= self.until_ms)


ALL = Selection()
