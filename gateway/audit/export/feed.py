"""Moving entries from a log to a target, once or for as long as the log grows.

Every entry arrives at least once: the position moves only when a target has what came before. After a
fault the same entries may arrive again, with the same index and leaf hash.
"""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from gateway.audit.export.entry import Entry
from gateway.audit.export.position import Position, save
from gateway.audit.export.reading import Snapshot, snapshot
from gateway.audit.export.selection import ALL, Selection
from gateway.audit.export.targets.base import Target, Undelivered
from gateway.audit.stores.base import Source

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 10.0
"""Between the first two trials of a batch, doubled after each, and the longest."""


@dataclass(slots=True)
class Feed:
    """One log on its way to one target."""

    source: Source
    target: Target
    after: int = 0
    """Index of the next entry."""

    selection: Selection = ALL
    state: Path | None = None
    """File for the position."""

    patience_s: float = 60.0
    """How long a batch is tried again."""

    stop: Event = field(default_factory=Event)
    """Set from outside to end between two batches."""

    warn: Callable[[str], None] = lambda _: None
    """Told what the person should know."""

    delivered: int = 0

    def once(self, now: Snapshot) -> None:
        """Deliver what the log has, up to its checkpoint.

        Raises:
            Disorder: the log contradicts itself.
            Undelivered: the target takes no more; the position is where it was.
            OSError: the log cannot be read, or the state or the file not be written.
        """
        try:
            self._round(now)
            self.target.finish()
        except BaseException:
            self.target.abandon()
            raise
        self._moved(now, self.after)

    def follow(self, now: Snapshot, every_s: float) -> None:
        """Deliver, and go on with what comes, until :attr:`stop` is set. Raises as :meth:`once` does."""
        try:
            self._round(now)
            while not self.stop.wait(every_s):
                then, now = now, snapshot(self.source)
                Position.under(then.head, self.after).check(now)
                self._round(now)
            self.target.finish()
        except BaseException:
            self.target.abandon()
            raise

    def _round(self, now: Snapshot) -> None:
        if self.after < now.first:
            self.warn(
                f"entries {self.after} to {now.first - 1} were pruned: the export goes on at {now.first}"
            )
        for batch in now.batches(self.after, self.selection):
            if self.stop.is_set():
                return
            if batch.entries:
                self._deliver(batch.entries)
                self.delivered += len(batch.entries)
            self.after = batch.after
            if batch.entries and self.target.lasting:
                self._moved(now, batch.after)
        if self.target.lasting:
            self._moved(now, self.after)

    def _moved(self, now: Snapshot, after: int) -> None:
        if self.state is not None:
            save(self.state, Position.under(now.head, after))

    def _deliver(self, entries: Sequence[Entry]) -> None:
        deadline, wait_s = time.monotonic() + self.patience_s, FIRST_WAIT_S
        while True:
            try:
                return self.target.send(entries)
            except Undelivered as fault:
                if fault.final or time.monotonic() + wait_s > deadline or self.stop.is_set():
                    raise
                self.warn(f"{fault}; entries from {entries[0].index} on are tried again")
            self.stop.wait(wait_s * random.uniform(0.8, 1.2))  # noqa: S311 - so that many do not return at once
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)
