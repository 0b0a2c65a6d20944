"""The trail: what the records of a log say about each other.

* Records of a (node, boot) are numbered without gaps, from an ``open`` to a ``close``. A gap is
  tampering; a missing close is a crash.
* Every decision has an outcome. One without is evidence of a crash in between, not of tampering.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.audit.canonical import Record
from gateway.audit.report import Finding

Boot = tuple[str, str]


@dataclass(slots=True)
class Trail:
    """Follows records in log order."""

    counts: Counter[str] = field(default_factory=Counter)
    first_ms: int = 0
    last_ms: int = 0
    _next: dict[Boot, int] = field(default_factory=dict)
    _closed: set[Boot] = field(default_factory=set)
    _undone: dict[str, int] = field(default_factory=dict)

    def resume(self, boots: Iterable[tuple[str, str, int]]) -> None:
        """Begin amid a log: node, name and next number of the boots that go on."""
        self._next |= {(node, boot): due for node, boot, due in boots}

    def add(self, index: int, record: Record) -> Iterator[Finding]:
        """Take the next record; yields what is wrong with its place."""
        boot = (str(record.get("node")), str(record.get("boot")))
        seq, kind, now = record.get("seq"), str(record.get("type")), record.get("ts")
        expected = self._next.get(boot, 0)
        if seq != expected:
            yield Finding(f"number {seq} of boot {boot[1]} where {expected} was due", index=index)
        if (kind == "open") is not (seq == 0):
            yield Finding(f"boot {boot[1]} does not begin with its open record", index=index)
        if boot in self._closed:
            yield Finding(f"boot {boot[1]} goes on after its close record", index=index)
        if not isinstance(now, int):
            yield Finding("no time", index=index)
        else:
            self.first_ms, self.last_ms = self.first_ms or now, max(self.last_ms, now)
        self._next[boot] = seq + 1 if isinstance(seq, int) else expected + 1
        self._count(index, kind, boot, record)

    def _count(self, index: int, kind: str, boot: Boot, record: Record) -> None:
        self.counts[kind] += 1
        if kind == "close":
            self._closed.add(boot)
        elif kind == "decision":
            self._undone[str(record.get("exchange"))] = index
        elif kind == "outcome":
            self._undone.pop(str(record.get("exchange")), None)

    def loose_ends(self) -> Iterator[Finding]:
        """What began and did not end."""
        for exchange, index in self._undone.items():
            yield Finding(f"decision of exchange {exchange} has no outcome", index=index)
        for node, boot in self._next:
            if (node, boot) not in self._closed:
                yield Finding(f"boot {boot} of {node} has no close record: running, or it crashed")
