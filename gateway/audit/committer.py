"""The committer: one thread that makes all waiting records durable with one sync.

While it syncs, the next batch gathers, so batches grow with load. It owns the boot: a *boot* is
one unbroken run of sequence numbers by one process. A failed write ends it; the next append
begins another, with an ``open`` record that names the one before.
"""

import asyncio
import os
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future as ThreadFuture
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from gateway.audit.canonical import Record, encode, encode_trusted
from gateway.audit.files import Files
from gateway.audit.frames import frame
from gateway.audit.segment import ROTATE, Segment
from gateway.audit.wal import SegmentName
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


class Committer:
    """Takes records from any thread; writes them from its own."""

    def __init__(self, directory: Path, node: str, files: Files, *, about: Record) -> None:
        """*about* goes into every ``open`` record."""
        self._directory = directory
        self._node = node
        self._files = files
        self._about = about
        self._queue: SimpleQueue[Sequence[Item] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="audit-commit", daemon=True)
        self._closed = False
        # Owned by the thread once it runs.
        self._segment: Segment | None = None
        self._boot = ""
        self._previous = ""
        self._seq = 0

    @property
    def segment(self) -> Path | None:
        """Where the newest records are, as long as it is open."""
        return self._segment.path if self._segment else None

    def start(self) -> None:
        """Begin the boot with its ``open`` record, then take records; raises RecordFault."""
        self._commit([])
        if not self._boot_open:
            raise RecordFault(f"the audit log at {self._directory} cannot be written")
        self._thread.start()

    def submit(self, items: Sequence[Item]) -> None:
        """Hand records over; each waiter learns its record's receipt, or a RecordFault."""
        if self._closed:
            raise RecordFault("the audit log is closed")
        self._queue.put(items)

    def close(self) -> None:
        """Commit what waits and the ``close`` record, then stop."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._thread.join()
        self._refuse_rest()
        if self._boot:
            self._commit([{"type": "close", "records": self._seq + 1}])
        if self._segment:
            self._segment.close()

    def _run(self) -> None:
        running = True
        while running:
            parcels = [self._queue.get(), *self._waiting()]
            running = None not in parcels
            batch = [item for parcel in parcels if parcel for item in parcel]
            if batch:
                _answer([waiter for _, waiter in batch], self._safely([record for record, _ in batch]))

    def _waiting(self) -> list[Sequence[Item] | None]:
        return [self._queue.get() for _ in range(self._queue.qsize())]

    def _safely(self, records: Sequence[Record]) -> Sequence[Result]:
        """Commit; whatever happens, those who wait get an answer and the thread lives on."""
        try:
            return self._commit(records)
        except Exception as error:  # noqa: BLE001
            if self._segment:
                self._abandon(self._segment)
            return [RecordFault(f"the audit log failed: {error!r}") for _ in records]

    def _refuse_rest(self) -> None:
        """Answer those who came in the instant in which the log closed."""
        waiters = [waiter for parcel in self._waiting() if parcel for _, waiter in parcel]
        _answer(waiters, [RecordFault("the audit log is closed") for _ in waiters])

    def _commit(self, records: Sequence[Record]) -> list[Result]:
        """Write and sync one batch. All that it holds is durable, or nothing counts."""
        now = time.time_ns() // 1_000_000
        try:
            segment = self._segment or self._next_segment()
        except OSError as error:
            return [_fault(error) for _ in records]
        opening = [] if self._boot_open else [self._opening()]
        frames, results = self._frames([*opening, *records], now)
        try:
            segment.commit(b"".join(frames))
        except OSError as error:
            self._abandon(segment)
            return [_fault(error) for _ in records]
        self._seq += len(frames)
        if segment.size >= ROTATE:
            segment.close()
            self._segment = None
        return results[len(opening) :]

    @property
    def _boot_open(self) -> bool:
        return self._seq > 0

    def _next_segment(self) -> Segment:
        if not self._boot:
            self._boot = f"{time.time_ns() // 1_000_000:012x}-{secrets.token_hex(4)}"
        name = SegmentName(self._node, self._boot, self._seq)
        self._segment = Segment(self._files, self._directory, name)
        return self._segment

    def _opening(self) -> Record:
        record = {"type": "open", **self._about, "process": os.getpid()}
        return record | {"previous": self._previous} if self._previous else record

    def _frames(self, records: Sequence[Record], now: int) -> tuple[list[bytes], list[Result]]:
        """Number and encode; a record that is no JSON fails alone and takes no number."""
        frames: list[bytes] = []
        results: list[Result] = []
        node, boot, seq = self._node, self._boot, self._seq
        for record in records:
            stamp: dict[str, Any] = {"v": VERSION, "node": node, "boot": boot, "seq": seq, "ts": now}
            try:
                encoder = encode_trusted if record["type"] in BUILT else encode
                frames.append(frame(encoder({**record, **stamp})))
            except Exception as error:  # noqa: BLE001  whatever it was, the others stand
                results.append(RecordFault(f"not a record: {error!r}"))
                continue
            results.append(Receipt(node, boot, seq))
            seq += 1
        return frames, results

    def _abandon(self, segment: Segment) -> None:
        """End the boot. What the failed write left behind was never acknowledged."""
        segment.close()
        if self._boot_open:
            self._previous = self._boot
        self._segment, self._boot, self._seq = None, "", 0


def _fault(error: OSError) -> RecordFault:
    return RecordFault(f"the audit log cannot be written: {error.strerror or error}")


def _answer(waiters: Sequence[Waiter], results: Sequence[Result]) -> None:
    """Tell the waiting threads, and each event loop once."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Receipt], Result]]] = {}
    for waiter, result in zip(waiters, results, strict=True):
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
