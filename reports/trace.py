"""A trace: how many records of a kind there are, some of them, and a digest over all."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from reports.evidence import Entry
from reports.model import NONE, Ref, Support

_BUFFER = 4096
"""Bytes gathered before they are hashed: many small updates would cost most of a report's time."""

SAMPLE = 4
"""References kept from the beginning; the last one is kept too."""


@dataclass(slots=True)
class Trace:
    """Grows with each record, in constant space."""

    count: int = 0
    _first: list[Ref] = field(default_factory=list)
    _last: Ref | None = None
    _lines: bytearray = field(default_factory=bytearray)
    _digest: Any = field(default_factory=hashlib.sha256)

    def add(self, entry: Entry) -> None:
        """Take one record; one that was the last already counts once."""
        ref = entry.ref
        if ref is self._last:
            return
        self.count += 1
        if self.count <= SAMPLE:
            self._first.append(ref)
        self._last = ref
        self._lines += entry.line
        if len(self._lines) >= _BUFFER:
            self._hash()

    @property
    def support(self) -> Support:
        """What claims carry."""
        if self._last is None:
            return NONE
        self._hash()
        refs = self._first if self._last in self._first else [*self._first, self._last]
        return Support(self.count, tuple(refs), self._digest.hexdigest())

    def _hash(self) -> None:
        self._digest.update(self._lines)
        self._lines.clear()


def support_of(entries: Iterable[Entry]) -> Support:
    """The support that these entries, in log order, make up."""
    trace = Trace()
    for entry in entries:
        trace.add(entry)
    return trace.support
