"""The write-ahead log on local disk: for stores that publish files elsewhere or beside it.

A process holds an OS lock on the segment that it writes; the one that publishes holds one on ``wal/lock``.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import orjson

from gateway.audit.files import Files, make_directories, publish
from gateway.audit.frames import unframe
from gateway.audit.layout import Layout
from gateway.audit.segment import Segment
from gateway.audit.stores.base import Batch
from gateway.audit.wal import TORN, SegmentName, State, pending, segments

CHUNK = 1024 * 1024
"""Bytes read of one segment at a time."""


class Journal:
    """Segments, the note on how far they are published, the lock, and the second copy."""

    def __init__(self, layout: Layout, files: Files) -> None:
        self._layout = layout
        self._files = files
        self._lock: int | None = None
        self._reached: dict[str, tuple[int, int]] = {}
        """By segment, where the last look at it ended, and the number of the record that is due there."""

    def prepare(self) -> None:
        """Make the directories."""
        make_directories(self._files, self._layout.wal)

    def begin(self, node: str, boot: str, first: int) -> Segment:
        """A new segment."""
        return Segment(self._files, self._layout.wal, SegmentName(node, boot, first))

    def lead(self) -> bool:
        """Take ``wal/lock`` if nobody has it."""
        if self._lock is not None:
            return True
        descriptor = os.open(self._layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def release(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            os.close(self._lock)
        self._lock = None

    def unpublished(self, segment: str) -> bool:
        """A segment is removed once it is published."""
        return (self._layout.wal / segment).exists()

    def state(self) -> State:
        """As written by :meth:`save`."""
        return State.load(self._layout.state)

    def save(self, state: State) -> None:
        """Write down how far publishing has come."""
        publish(self._files, {self._layout.state: state.dump()})

    def anchors(self) -> Path | None:
        """The local folder."""
        return self._layout.anchors

    def second(self) -> bytes | None:
        """The second copy."""
        with suppress(FileNotFoundError):
            return self._layout.second.read_bytes()
        return None

    def save_second(self, signed: bytes) -> None:
        """Replace the second copy."""
        publish(self._files, {self._layout.second: signed})

    def durable(self) -> Iterator[bytes]:
        """All records in the segments."""
        return pending(self._layout.wal, State())

    def waiting(self) -> Iterator[bytes]:
        """Records beyond the state."""
        return pending(self._layout.wal, self.state())

    def torn(self) -> list[str]:
        """Names of the segments with an unreadable end."""
        return sorted(file.name for file in self._layout.wal.glob(f"*{TORN}"))

    def gather(self, state: State) -> Batch:
        """Frames beyond what is integrated, segment by segment in the order of boots."""
        found = segments(self._layout.wal)
        batch = Batch(offsets={path.name: state.offsets.get(path.name, 0) for path in found})
        for path in found:
            with suppress(FileNotFoundError):  # its writer removed it: nothing in it was durable
                batch.more = not self._read(path, batch)
            if batch.more:
                break
        return batch

    def _read(self, path: Path, batch: Batch) -> bool:
        """Add a segment's new frames; False when it has more than a chunk of them."""
        done = _is_finished(path)  # asked before reading: afterwards nothing can be added
        offset = batch.offsets[path.name]
        data = _read_at(path, offset)
        due, end = self._due(path, offset), 0
        for payload, end in unframe(data):  # noqa: B007
            if _has_number(payload, due):
                batch.entries.append(payload)
                due += 1
        batch.offsets[path.name] = offset + end
        self._reached[path.name] = (offset + end, due)
        if end and len(data) == CHUNK:
            return False
        if done:
            batch.finished.append(path.name)
        return True

    def _due(self, path: Path, offset: int) -> int:
        """Number of the record that is due at an offset of a segment."""
        reached, due = self._reached.get(path.name, (0, 0))
        if offset and reached == offset:
            return due
        name = SegmentName.parse(path.name)
        due = name.first if name else 0
        for payload, end in unframe(path.read_bytes()[:offset]):
            due += _has_number(payload, due) and end <= offset
        return due

    def retire(self, batch: Batch, state: State) -> None:
        """Remove finished segments; keep one whose end is unreadable."""
        for name in batch.finished:
            path = self._layout.wal / name
            if any(_read_at(path, state.offsets.get(name, 0))):
                self._files.rename(path, path.with_name(name + TORN))
            else:
                self._files.unlink(path)
            self._reached.pop(name, None)


def _has_number(payload: bytes, due: int) -> bool:
    """False for a record that was there before: a write that the disk made twice."""
    at = payload.rfind(b',"seq":') + 7
    if payload.startswith(b"%d" % due, at) and payload[at + len(str(due)) :][:1] in {b",", b"}"}:
        return True
    number = orjson.loads(payload)["seq"]
    return not isinstance(number, int) or number >= due


def _read_at(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(CHUNK)


def _is_finished(path: Path) -> bool:
    """True when the writer is gone or has moved on: it holds a lock while it writes."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
