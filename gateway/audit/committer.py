"""The committer: makes all waiting records durable with one sync.

Two steps. Whoever hands records over numbers and encodes them (*sealing*, under a lock, and next to where
the records were made). One thread writes what is sealed and syncs; while it syncs, more is sealed, so
batches grow with load.

A *boot* is one unbroken run of sequence numbers by one process. A failed write ends it: what was
sealed behind it fails too, and the next hand-over begins another boot, with an ``open`` record that names
the one before.
"""

import asyncio
import os
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future as ThreadFuture
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from gateway.audit.bypass import Bypasses
from gateway.audit.canonical import Record, encode, encode_trusted
from gateway.audit.frames import frame
from gateway.audit.segment import ROTATE
from gateway.audit.stores.base import Store, Writer
from gateway.core.errors import RecordFault

VERSION = 1
"""Version of the record schema, ``v`` in every record."""


BUILT = frozenset({"decision", "outcome", "refused"})
"""Types that only ``record`` builds, whose values need no second look."""


class Receipt(NamedTuple):
    """Names a durable record for ever."""

    node: str
    boot: str
    seq: int


Result = Receipt | RecordFault
Waiter = asyncio.Future[Receipt] | ThreadFuture[Receipt] | None
Item = tuple[Record, Waiter]


class Parcel(NamedTuple):
    """Sealed records of one boot."""

    boot: str
    first: int
    """Sequence number of the first record."""

    frames: list[bytes]
    answers: list[tuple[Waiter, Result]]
    """What each waiter is to be told once the frames are durable."""


class Committer:
    """Takes records from any thread; writes them from its own."""

    def __init__(self, store: Store, node: str, *, about: Record, heartbeat_s: float = 0.0) -> None:
        """*about* goes into every ``open`` record; a log that is quiet for *heartbeat_s* seconds says so."""
        self._store = store
        self._node = node
        self._heartbeat_s = heartbeat_s
        self.bypasses = Bypasses()
        self._about = about
        self._queue: SimpleQueue[Parcel | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="audit-commit", daemon=True)
        self._closed = False
        # Sealing: owned by whoever holds the lock.
        self._sealing = threading.Lock()
        self._boot = ""
        self._seq = 0
        self._previous = ""
        # Writing: owned by the thread once it runs.
        self._segment: Writer | None = None
        self._written = 0
        """Durable records of the boot."""

    @property
    def segment(self) -> str:
        """Name of the segment that holds the newest records; empty when none is open."""
        return self._segment.name if self._segment else ""

    def start(self) -> None:
        """Begin the boot with its ``open`` record, then take records; raises RecordFault."""
        with self._sealing:
            parcel = self._seal([])
        if not self._write([parcel]):
            raise RecordFault(f"the audit log at {self._store.name} cannot be written")
        self._thread.start()

    def submit(self, items: Sequence[Item]) -> None:
        """Hand records over; each waiter learns its record's receipt, or a RecordFault."""
        with self._sealing:
            if self._closed:
                raise RecordFault("the audit log is closed")
            self._queue.put(self._seal(items))

    def close(self) -> None:
        """Commit what waits and the ``close`` record, then stop."""
        with self._sealing:
            if self._closed:
                return
            self._closed = True
        self._queue.put(None)
        self._thread.join()
        if self._boot or self.bypasses:
            with self._sealing:
                first = self._seal([])  # what was bypassed, and a new boot's open record if it takes one
                parcels = [first, self._seal([({"type": "close", "records": self._seq + 1}, None)])]
            self._write(parcels)
        if self._segment:
            self._segment.close()

    # -- sealing ---------------------------------------------------------------------------------

    def _seal(self, items: Sequence[Item]) -> Parcel:
        """Number and encode; a record that is no JSON fails alone and takes no number."""
        now = time.time_ns() // 1_000_000
        opening = [] if self._boot else self._begin()
        if self.bypasses:
            opening += self._told()
        stamp: dict[str, Any] = {"v": VERSION, "node": self._node, "boot": self._boot, "ts": now}
        parcel = Parcel(self._boot, self._seq, [], [])
        for record, waiter in [*opening, *items]:
            try:
                encoder = encode_trusted if record["type"] in BUILT else encode
                data = frame(encoder({**record, **stamp, "seq": self._seq}))
            except Exception as error:  # noqa: BLE001  whatever it was, the others stand
                parcel.answers.append((waiter, RecordFault(f"not a record: {error!r}")))
                continue
            parcel.frames.append(data)
            parcel.answers.append((waiter, Receipt(self._node, self._boot, self._seq)))
            self._seq += 1
        return parcel

    def _begin(self) -> list[Item]:
        """A new boot, and the record that opens it."""
        self._boot = f"{time.time_ns() // 1_000_000:012x}-{secrets.token_hex(4)}"
        self._seq = 0
        record = {"type": "open", **self._about, "process": os.getpid()}
        return [(record | {"previous": self._previous} if self._previous else record, None)]

    def _told(self) -> list[Item]:
        """The record of what was bypassed; it counts again if this cannot be written either."""
        record = self.bypasses.take()
        if record is None:
            return []
        waiter: ThreadFuture[Receipt] = ThreadFuture()
        waiter.add_done_callback(lambda done: self.bypasses.restore(record) if done.exception() else None)
        return [(record, waiter)]

    # -- writing ---------------------------------------------------------------------------------

    def _run(self) -> None:
        running = True
        while running:
            waiting = [self._next(), *(self._queue.get() for _ in range(self._queue.qsize()))]
            running = None not in waiting
            parcels = [parcel for parcel in waiting if parcel]
            for boot in dict.fromkeys(parcel.boot for parcel in parcels):
                self._write([parcel for parcel in parcels if parcel.boot == boot])

    def _next(self) -> Parcel | None:
        """What is handed over next; a heartbeat where nothing comes."""
        try:
            return self._queue.get(timeout=self._heartbeat_s or None)
        except Empty:
            with self._sealing:
                return self._seal([({"type": "heartbeat"}, None)])

    def _write(self, parcels: Sequence[Parcel]) -> bool:
        """Commit parcels of one boot with one sync and tell those who wait. Never raises."""
        try:
            self._commit(parcels)
        except Exception as error:  # noqa: BLE001  whatever it was, those who wait get an answer
            self._abandon(parcels[0].boot)
            fault = _fault(error)
            _answer([(waiter, fault) for parcel in parcels for waiter, _ in parcel.answers])
            return False
        _answer([pair for parcel in parcels for pair in parcel.answers])
        return True

    def _commit(self, parcels: Sequence[Parcel]) -> None:
        """All of it is durable on return, or nothing counts."""
        first = parcels[0]
        if first.boot != self._boot:
            raise RecordFault("the audit log lost an earlier record")
        if self._segment is None:
            self._segment = self._store.begin(self._node, first.boot, first.first)
        frames = [data for parcel in parcels for data in parcel.frames]
        self._segment.commit(b"".join(frames), len(frames))
        self._written += len(frames)
        if self._segment.size >= ROTATE:
            self._segment.close()
            self._segment = None

    def _abandon(self, boot: str) -> None:
        """End the boot. What the failed write left behind was never acknowledged."""
        with self._sealing:
            if boot != self._boot:
                return
            self._previous = boot if self._written else self._previous
            self._boot = ""
        if self._segment:
            self._segment.close()
        self._segment, self._written = None, 0


def _fault(error: Exception) -> RecordFault:
    if isinstance(error, OSError):
        return RecordFault(f"the audit log cannot be written: {error.strerror or error}")
    return error if isinstance(error, RecordFault) else RecordFault(f"the audit log failed: {error!r}")


def _answer(answers: Sequence[tuple[Waiter, Result]]) -> None:
    """Tell the waiting threads, and each event loop once."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Receipt], Result]]] = {}
    for waiter, result in answers:
        if isinstance(waiter, ThreadFuture):
            _resolve([(waiter, result)])
        elif waiter is not None:
            loops.setdefault(waiter.get_loop(), []).append((waiter, result))
    for loop, pairs in loops.items():
        with suppress(RuntimeError):  # the loop is gone, and its waiters with it
            loop.call_soon_threadsafe(_resolve, pairs)


def _resolve(
    pairs: Sequence[tuple[asyncio.Future[Receipt] | ThreadFuture[Receipt], Result]],
) -> None:
    for waiter, result in pairs:
        if waiter.done():  # its task was cancelled; the record stands
            continue
        if isinstance(result, Receipt):
            waiter.set_result(result)
        else:
            waiter.set_exception(result)
