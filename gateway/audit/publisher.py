"""The publisher: moves frames from the write-ahead log into the Merkle log.

Rules, in the order in which things reach the disk:

1. entry bundles and tiles, each whole (temporary, fsync, rename, fsync of the directory);
2. ``state``: the size they make, and how far each segment is integrated;
3. the second copy of the signed checkpoint, then the checkpoint;
4. only then are segments removed, and partial tiles that a full one replaces.

A crash between two steps leaves something that :meth:`Publisher.recover` resumes; recovery ends in
the same :meth:`Publisher.advance` that publishes every second. A tree that is no extension of the
last signed checkpoint is never signed.
"""

import fcntl
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.files import Files, publish
from gateway.audit.frames import unframe
from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.tiles import ENTRIES, WIDTH, Edge, Level, Tiles, count, fetcher, tile_path, width
from gateway.audit.tree import EMPTY_ROOT
from gateway.audit.wal import TORN, State, segments

CHUNK = 1024 * 1024
"""Bytes read of one segment at a time."""

_LEVELS = 8


class ForkError(Exception):
    """The files are not an extension of the last signed checkpoint."""


@dataclass(slots=True)
class Batch:
    """Frames found in the segments."""

    entries: list[bytes] = field(default_factory=list)
    offsets: dict[str, int] = field(default_factory=dict)
    finished: list[Path] = field(default_factory=list)
    """Segments that nobody writes any more and that end with this batch."""

    more: bool = False


class Publisher:
    """Publishes one log. Only the holder of the log's lock may use it."""

    def __init__(self, layout: Layout, signer: Signer, files: Files) -> None:
        self._layout = layout
        self._signer = signer
        self._files = files
        self._state = State()
        self._edge = Edge()
        self._signed = -1

    def recover(self) -> None:
        """Take up where the last publisher stopped.

        Raises:
            ForkError: the files were altered, or rolled back behind what was signed.
            OSError: the disk fails.
        """
        self._state = self._load_state()
        last = self._last_signed()
        self._edge = self._checked_edge(last)
        self._sweep(self._state.size)
        self._signed = last.size if last else -1
        publish(self._files, {self._layout.vkey: f"{self._signer.vkey}\n".encode()})
        if last and last.size == self._state.size:
            self._sign()

    def advance(self) -> bool:
        """Publish what the segments hold; True when there may be more. Raises OSError."""
        batch = self._gather()
        completed = self._integrate(batch) if batch.entries else []
        if self._signed != self._state.size:
            self._sign()
        self._retire(batch.finished)
        self._drop_partials(completed)
        return batch.more

    def refresh(self) -> None:
        """Write the checkpoint again, so that its age tells a quiet log from a stopped one."""
        self._sign()

    # -- recovery --------------------------------------------------------------------------------

    def _load_state(self) -> State:
        try:
            return State.load(self._layout.state)
        except ValueError as error:
            raise ForkError(f"{self._layout.state} is damaged: {error}") from error

    def _last_signed(self) -> Checkpoint | None:
        """The larger of the checkpoint and its second copy."""
        signed = [self._read_signed(path) for path in (self._layout.second, self._layout.checkpoint)]
        return max((one for one in signed if one), key=lambda one: one.size, default=None)

    def _read_signed(self, path: Path) -> Checkpoint | None:
        try:
            return Checkpoint.open(path.read_text(), self._signer.verifier)
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise ForkError(
                f"{path}: {error}; bring its key back, or begin a log in another place"
            ) from error

    def _checked_edge(self, last: Checkpoint | None) -> Edge:
        fetch = fetcher(self._layout.root)
        signed = last or Checkpoint("", 0, EMPTY_ROOT)
        if self._state.size < signed.size:
            raise ForkError(f"rolled back to {self._state.size} entries; {signed.size} were signed")
        try:
            edge = Tiles(fetch, self._state.size).edge()
            before = Tiles(fetch, signed.size).root()
        except ValueError as error:
            raise ForkError(str(error)) from error
        if edge.root != self._state.root or before != signed.root:
            raise ForkError("the tiles are not an extension of the last signed checkpoint")
        return edge

    def _sweep(self, size: int) -> None:
        """Remove what an interrupted publication left beyond *size*: no checkpoint covers it."""
        for level in (ENTRIES, *range(_LEVELS)):
            index = count(level, size) // WIDTH
            while self._sweep_tile(level, index, width(level, index, size)):
                index += 1

    def _sweep_tile(self, level: Level, index: int, wide: int) -> bool:
        """Remove a tile's files wider than *wide*; False when it had none at all."""
        full = self._layout.root / tile_path(level, index)
        partials = _numbered(full.with_name(full.name + ".p"))
        doomed = [path for path in partials if int(path.name) > wide]
        doomed += [full] if full.exists() else []
        for path in doomed:
            self._files.unlink(path)
        return bool(doomed or partials)

    # -- publishing ------------------------------------------------------------------------------

    def _gather(self) -> Batch:
        """Frames beyond what is integrated, segment by segment in the order of boots."""
        batch = Batch()
        for path in segments(self._layout.wal):
            with suppress(FileNotFoundError):  # its writer removed it: nothing in it was durable
                batch.more = not self._read_segment(path, batch)
            if batch.more:
                break
        return batch

    def _read_segment(self, path: Path, batch: Batch) -> bool:
        """Add a segment's new frames; False when it has more than a chunk of them."""
        done = _is_finished(path)  # asked before reading: afterwards nothing can be added
        offset = self._state.offsets.get(path.name, 0)
        data = _read_at(path, offset)
        end = 0
        for payload, end in unframe(data):  # noqa: B007
            batch.entries.append(payload)
        batch.offsets[path.name] = offset + end
        if end and len(data) == CHUNK:
            return False
        if done:
            batch.finished.append(path)
        return True

    def _integrate(self, batch: Batch) -> list[str]:
        """Rules 1 and 2; returns the paths of tiles that became full."""
        edge, files = self._edge.grow(batch.entries)
        publish(self._files, {self._layout.root / path: data for path, data in files.items()})
        state = State(edge.size, edge.root, self._state.offsets | batch.offsets)
        kept = {name: at for name, at in state.offsets.items() if (self._layout.wal / name).exists()}
        state = State(state.size, state.root, kept)
        publish(self._files, {self._layout.state: state.dump()})
        self._edge, self._state = edge, state
        return [path for path in files if ".p/" not in path]

    def _sign(self) -> None:
        """Rule 3: the second copy first, so that it never lags behind what others have seen."""
        tree = Checkpoint(self._signer.name, self._state.size, self._state.root)
        signed = self._signer.sign(tree.text).encode()
        publish(self._files, {self._layout.second: signed})
        publish(self._files, {self._layout.checkpoint: signed})
        self._signed = tree.size

    def _retire(self, finished: Iterable[Path]) -> None:
        """Rule 4: the segments are in the log and the log is signed."""
        for path in finished:
            rest = _read_at(path, self._state.offsets.get(path.name, 0))
            if any(rest):
                self._files.rename(path, path.with_name(path.name + TORN))
            else:
                self._files.unlink(path)

    def _drop_partials(self, completed: Iterable[str]) -> None:
        """tlog-tiles: partial tiles may go once the full tile is there."""
        for path in completed:
            directory = self._layout.root / f"{path}.p"
            for partial in _numbered(directory):
                self._files.unlink(partial)
            with suppress(OSError):
                directory.rmdir()


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


def _numbered(directory: Path) -> list[Path]:
    return [path for path in directory.glob("*") if path.name.isdecimal()]
