"""Bypasses: what went on although its record could not be made durable, told by one record afterwards."""

import threading
from collections import Counter
from collections.abc import Sequence

from gateway.audit.canonical import Record

_CAUSE_CAP = 512


class Bypasses:
    """Counts what was not recorded, until a record of that is durable. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._first = self._last = 0
        self._cause = ""
        self.total = 0
        """Records that were bypassed since the start, told of or not."""

    def __bool__(self) -> bool:
        return bool(self._counts)

    def note(self, records: Sequence[Record], cause: str, now_ms: int) -> None:
        """These could not be recorded, and what they are about goes on."""
        with self._lock:
            self.total += len(records)
            self._add(Counter(str(record.get("type")) for record in records), cause, now_ms, now_ms)

    def take(self) -> Record | None:
        """The record of all that is counted, or None; counting begins anew."""
        with self._lock:
            if not self._counts:
                return None
            record: Record = {
                "type": "bypass",
                "records": self._counts.total(),
                "types": dict(self._counts),
                "first_ms": self._first,
                "last_ms": self._last,
                "cause": self._cause,
            }
            self._counts, self._first, self._last, self._cause = Counter(), 0, 0, ""
            return record

    def restore(self, record: Record) -> None:
        """A record that was taken could not be made durable either."""
        with self._lock:
            counts: Counter[str] = Counter(record["types"])
            self._add(counts, record["cause"], record["first_ms"], record["last_ms"])

    def _add(self, counts: Counter[str], cause: str, first: int, last: int) -> None:
        self._counts += counts
        self._first = min(self._first, first) if self._first else first
        self._last = max(self._last, last)
        self._cause = self._cause or cause[:_CAUSE_CAP]
