"""Exchanges of a log: the records of one call, put together again."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

Record = Mapping[str, Any]


class Source(Protocol):
    """A log that can be read in parts, also by another process (so it can be pickled)."""

    @property
    def size(self) -> int:
        """Number of entries."""

    def entries(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Index and bytes of the entries from ``start`` up to ``stop``, in order."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which exchanges are asked for."""

    since_ms: int = 0
    until_ms: int = 2**53
    tenants: frozenset[str] = frozenset()
    """All, where empty."""

    def holds(self, record: Record) -> bool:
        """Whether an exchange that begins with ``record`` is asked for."""
        if not self.since_ms <= record["ts"] < self.until_ms:
            return False
        return not self.tenants or record.get("caller", {}).get("tenant") in self.tenants


ALL = Window()


@dataclass(frozen=True, slots=True)
class Found:
    """An exchange of the log."""

    index: int
    """Of its first record."""

    call: Record
    outcome: Record | None
    """None where the log has none: the process stopped in between."""


def exchanges(
    source: Source, start: int, stop: int, window: Window, refused: Callable[[], None]
) -> Iterator[Found]:
    """The exchanges that begin from ``start`` up to ``stop``, each when its outcome is found.

    Outcomes are looked for behind ``stop``, too. ``refused`` is called for each request that was refused as
    malformed: there is nothing to judge again.
    """
    waiting: dict[str, tuple[int, Record]] = {}
    for index, entry in source.entries(start, stop):
        record = orjson.loads(entry)
        kind = record["type"]
        if kind == "decision" and window.holds(record):
            waiting[record["exchange"]] = index, record
        elif kind == "outcome" and record["exchange"] in waiting:
            yield Found(*waiting.pop(record["exchange"]), record)
        elif kind == "refused" and window.holds(record):
            refused()
    yield from _behind(source, stop, waiting)
    yield from (Found(index, record, None) for index, record in waiting.values())


def _behind(source: Source, stop: int, waiting: dict[str, tuple[int, Record]]) -> Iterator[Found]:
    """Exchanges whose outcome stands behind the part of the log that they began in."""
    entries = source.entries(stop, source.size) if waiting else iter(())
    for _, entry in entries:
        if b'"type":"outcome"' not in entry:
            continue
        record = orjson.loads(entry)
        if record["type"] == "outcome" and record["exchange"] in waiting:
            yield Found(*waiting.pop(record["exchange"]), record)
            if not waiting:
                return
