"""Reading a log to export it: in order, in constant memory, and never what its own tiles contradict.

This is no verification: a signature is not looked at, and a forger who changed a tile along with an entry
goes unnoticed until the exported leaf hash is held against a proof. ``lictor audit verify`` verifies.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from gateway.audit.canonical import Record
from gateway.audit.export.entry import Entry, Head
from gateway.audit.export.selection import ALL, Selection
from gateway.audit.reader import minimum, opened
from gateway.audit.stores.opening import Place, open_source
from gateway.audit.tiles import ENTRIES, WIDTH, Fetch, Tiles, tile_path
from gateway.audit.tree import EMPTY_ROOT, leaf_hash


class Disorder(Exception):
    """The log is not what it says of itself, or not the one that was exported before."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The wanted entries out of one bundle."""

    entries: list[Entry]
    after: int
    """Index of the entry that follows the bundle's last one."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A log up to its newest checkpoint."""

    head: Head
    first: int
    """Index of the first entry that was not pruned."""

    fetch: Fetch

    def batches(self, start: int = 0, selection: Selection = ALL) -> Iterator[Batch]:
        """The entries from ``start`` on, bundle by bundle; bundles without a wanted one come empty.

        Raises:
            Disorder: a file is missing or broken, or an entry is not what its tile says.
            OSError: the place does not answer.
        """
        start = max(start, self.first)
        for number in range(start // WIDTH, -(-self.head.size // WIDTH)):
            yield self._batch(number, start, selection)

    def root_at(self, size: int) -> str:
        """Root of the first ``size`` entries in hex; raises Disorder where tiles are missing."""
        if size == 0:
            return EMPTY_ROOT.hex()
        try:
            return Tiles(self.fetch, self.head.size).span(0, size).hex()
        except ValueError as error:
            raise Disorder(str(error)) from error

    def _batch(self, number: int, start: int, selection: Selection) -> Batch:
        tiles = Tiles(self.fetch, self.head.size)
        try:
            found, hashes = tiles.entries(number), tiles.hashes(0, number)
        except ValueError as error:
            raise Disorder(f"entries from {number * WIDTH} on: {error}") from error
        wanted = []
        for index, data, stored in zip(range(number * WIDTH, self.head.size), found, hashes, strict=False):
            leaf = leaf_hash(data)
            if leaf != stored:
                raise Disorder(f"entry {index} is not what its tile says: see `lictor audit verify`")
            record = _record(index, data)
            if index >= start and selection.takes(record):
                wanted.append(Entry(index, leaf.hex(), data, record, self.head))
        return Batch(wanted, number * WIDTH + len(found))


def snapshot(place: Place) -> Snapshot:
    """The log at a place as it is now.

    Raises:
        OSError: there is none, or the place does not answer.
        Disorder: its checkpoint cannot be read.
    """
    source = open_source(place)
    try:
        log = opened(source)
    except ValueError as error:
        raise Disorder(f"checkpoint: {error}") from error
    return Snapshot(Head(log.origin, log.size, log.root), minimum(source), source.fetch)


def _record(index: int, data: bytes) -> Record:
    try:
        record = orjson.loads(data)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise Disorder(f"entry {index} of {tile_path(ENTRIES, index // WIDTH)} is no record")
    return record
