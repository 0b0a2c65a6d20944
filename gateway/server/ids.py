"""Exchange ids: unique across processes and sortable by time."""

import itertools
import secrets
import time


class Ids:
    """Makes ids ``lx-`` + milliseconds, a random part for this process, and a counter, in hex."""

    def __init__(self) -> None:
        self._process = secrets.token_hex(5)
        self._count = itertools.count()

    def next(self, now_ms: int) -> str:
        """A fresh id for an exchange that arrived at ``now_ms`` (Unix milliseconds)."""
        return f"lx-{now_ms:012x}-{self._process}-{next(self._count):06x}"


def now_ms() -> int:
    """Wall clock, milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


def micros() -> int:
    """Monotonic clock, microseconds."""
    return time.perf_counter_ns() // 1000
