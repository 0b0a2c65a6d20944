"""The publisher: moves frames from the write-ahead log into the Merkle log.

Rules, in the order in which things become durable:

1. entry bundles and tiles, each whole;
2. ``state``: the size they make, and how far each segment is integrated;
3. the second copy of the signed checkpoint, then the checkpoint;
4. only then are segments removed, and partial tiles that a full one replaces.

A crash between two steps leaves something that :meth:`Publisher.recover` resumes; recovery ends in
the same :meth:`Publisher.advance` that publishes every second. A tree that is no extension of the
last signed checkpoint is never signed. How a place does these steps is its store's business.
"""

from collections.abc import Iterable

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.keys import Signer
from gateway.audit.stores.base import Batch, ForkError, Store
from gateway.audit.tiles import ENTRIES, WIDTH, Edge, Level, TileName, Tiles, count, tile_path, width
from gateway.audit.tree import EMPTY_ROOT
from gateway.audit.wal import State

__all__ = ["ForkError", "Publisher"]

_LEVELS = 8


class Publisher:
    """Publishes one log. Only the one who leads may use it."""

    def __init__(self, store: Store, signer: Signer) -> None:
        self._store = store
        self._signer = signer
        self._state = State()
        self._edge = Edge()
        self._signed = -1

    def recover(self) -> None:
        """Take up where the last publisher stopped.

        Raises:
            ForkError: what is published was altered, or rolled back behind what was signed.
            OSError: the store fails.
        """
        self._state = self._load_state()
        last = self._last_signed()
        self._edge = self._checked_edge(last)
        self._sweep(self._state.size)
        self._signed = last.size if last else -1
        self._store.describe(f"{self._signer.vkey}\n".encode())
        if last and last.size == self._state.size:
            self._sign()

    def advance(self) -> bool:
        """Publish what the segments hold; True when there may be more. Raises OSError."""
        batch = self._store.gather(self._state)
        completed = self._integrate(batch) if batch.entries else []
        if self._signed != self._state.size:
            self._sign()
        self._store.retire(batch, self._state)
        self._drop_partials(completed)
        return batch.more

    def refresh(self) -> None:
        """Write the checkpoint again, so that its age tells a quiet log from a stopped one."""
        self._sign()

    # -- recovery --------------------------------------------------------------------------------

    def _load_state(self) -> State:
        try:
            return self._store.state()
        except ValueError as error:
            raise ForkError(f"state is damaged: {error}") from error

    def _last_signed(self) -> Checkpoint | None:
        """The larger of the checkpoint and its second copy."""
        signed = [self._read_signed(*found) for found in self._store.signed()]
        return max(signed, key=lambda one: one.size, default=None)

    def _read_signed(self, place: str, data: bytes) -> Checkpoint:
        try:
            return Checkpoint.open(data.decode(), self._signer.verifier)
        except ValueError as error:
            raise ForkError(
                f"{place}: {error}; bring its key back, or begin a log in another place"
            ) from error

    def _checked_edge(self, last: Checkpoint | None) -> Edge:
        fetch = self._store.fetch
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
        found = self._store.versions(tile_path(level, index))
        self._store.drop([path for path in found if _width(path) > wide])
        return bool(found)

    # -- publishing ------------------------------------------------------------------------------

    def _integrate(self, batch: Batch) -> list[str]:
        """Rules 1 and 2; returns the paths of tiles that became full."""
        edge, files = self._edge.grow(batch.entries)
        state = State(edge.size, edge.root, batch.offsets)
        self._store.integrate(files, state, batch)
        self._edge, self._state = edge, state
        return [path for path in files if ".p/" not in path]

    def _sign(self) -> None:
        """Rule 3."""
        tree = Checkpoint(self._signer.name, self._state.size, self._state.root)
        self._store.sign(self._signer.sign(tree.text).encode())
        self._signed = tree.size

    def _drop_partials(self, completed: Iterable[str]) -> None:
        """tlog-tiles: partial tiles may go once the full tile is there."""
        for path in completed:
            self._store.drop([other for other in self._store.versions(path) if other != path])


def _width(path: str) -> int:
    name = TileName.parse(path)
    return name.width if name else WIDTH
