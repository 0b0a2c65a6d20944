"""Reading a log from its files: records in order, records of one exchange, proofs."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from gateway.audit.canonical import Record
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.layout import Layout
from gateway.audit.proof import Proof, verify_proof
from gateway.audit.tiles import ENTRIES, WIDTH, Tiles, fetcher, split_bundle
from gateway.audit.tree import inclusion_proof
from gateway.audit.wal import State, pending

__all__ = [
    "Log",
    "Pruned",
    "entry",
    "find",
    "matching",
    "minimum",
    "opened",
    "prove",
    "records",
    "verify_proof",
]

_FIRST = frozenset({"decision", "refused"})
"""Record types that begin an exchange: nothing about it stands before them."""


class Pruned(ValueError):
    """The entry is past its retention and was removed; its hash is still in the tree."""


def minimum(path: Path) -> int:
    """Index of the first entry that was not pruned. What the log's keeper says: ``verify`` checks it."""
    try:
        return int(Layout(path).minimum.read_text("ascii"))
    except (FileNotFoundError, ValueError):
        return 0


def records(path: Path) -> Iterator[tuple[int, Record]]:
    """Every published record that is still kept, with its index, oldest first. Nothing is verified."""
    for index, data in _entries(path):
        yield index, orjson.loads(data)


def matching(path: Path, needle: bytes) -> Iterator[tuple[int | None, Record]]:
    """Every durable record with these bytes in it, oldest first; the index is None before publication."""
    waiting = [orjson.loads(data) for data in pending(Layout(path).wal, State()) if needle in data]
    known = set()
    for index, data in _entries(path, needle):
        if needle in data:
            record = orjson.loads(data)
            known.add(_place(record))
            yield index, record
    yield from ((None, record) for record in waiting if _place(record) not in known)


def _entries(path: Path, needle: bytes = b"") -> Iterator[tuple[int, bytes]]:
    """Entries of the bundles that have the needle."""
    size = _published(path)
    tiles = Tiles(fetcher(path), size)
    for number in range(minimum(path) // WIDTH, -(-size // WIDTH)):
        located = tiles.locate(ENTRIES, number)
        if located is None and minimum(path) > number * WIDTH:  # pruned meanwhile
            continue
        if located is None or needle in located[1]:
            yield from enumerate(tiles.entries(number), number * WIDTH)


def entry(path: Path, index: int) -> bytes:
    """The bytes of one entry; raises ValueError when there is none, and Pruned when it was removed."""
    first = minimum(path)
    if 0 <= index < first:
        raise Pruned(f"entry {index} was pruned: entries are kept from {first} on")
    return Tiles(fetcher(path), _published(path)).entries(index // WIDTH)[index % WIDTH]


def find(path: Path, exchange_id: str) -> list[tuple[int | None, Record]]:
    """The records of one exchange, oldest first; the index is None before publication."""
    needle = b'"exchange":' + orjson.dumps(exchange_id)
    layout = Layout(path)
    # Waiting records first: one that is published meanwhile is then seen twice, not missed.
    waiting = [orjson.loads(data) for data in pending(layout.wal, State()) if needle in data]
    found = _scan_backwards(path, needle, exchange_id)
    known = {_place(record) for _, record in found}
    ours = [record for record in waiting if record.get("exchange") == exchange_id]
    return [*found, *((None, record) for record in ours if _place(record) not in known)]


def prove(path: Path, index: int, signed: str | None = None) -> str:
    """The ``.tlog-proof`` of one published entry, under the newest checkpoint or under *signed*.

    Raises ValueError when there is no such entry.
    """
    signed = signed or Layout(path).checkpoint.read_text("utf-8")
    size = Checkpoint.parse_unverified(signed).size
    if not 0 <= index < size:
        raise ValueError(f"no entry {index}: the log has {size}")
    hashes = inclusion_proof(index, 0, size, Tiles(fetcher(path), size).span)
    return Proof(index, tuple(hashes), signed).text


def _published(path: Path) -> int:
    try:
        return Checkpoint.parse_unverified(Layout(path).checkpoint.read_text("utf-8")).size
    except FileNotFoundError:
        return 0


def _scan_backwards(path: Path, needle: bytes, exchange_id: str) -> list[tuple[int | None, Record]]:
    """Look for the needle in whole bundles, newest first, and parse only where it is."""
    size = _published(path)
    tiles = Tiles(fetcher(path), size)
    found: list[tuple[int | None, Record]] = []
    for number in reversed(range(-(-size // WIDTH))):
        located = tiles.locate(ENTRIES, number)
        if located is None or needle not in located[1]:
            continue
        mine = [(number * WIDTH + at, record) for at, record in _records(located[1], needle)]
        ours = [pair for pair in mine if pair[0] < size and pair[1].get("exchange") == exchange_id]
        found = [*ours, *found]
        if any(record["type"] in _FIRST for _, record in ours):
            break
    return found


def _records(data: bytes, needle: bytes) -> Iterator[tuple[int, Record]]:
    for at, (raw, _) in enumerate(split_bundle(data)):
        if needle in raw:
            yield at, orjson.loads(raw)


def _place(record: Record) -> tuple[str, str, int]:
    return record["node"], record["boot"], record["seq"]


@dataclass(frozen=True, slots=True)
class Log:
    """The published entries of a log up to one checkpoint, readable in parts and by other processes."""

    path: Path
    size: int
    origin: str
    root: str
    """In hex."""

    def entries(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Index and bytes of the entries from ``start`` up to ``stop``; nothing is verified.

        Raises:
            ValueError: a file of the log is missing or broken.
        """
        tiles = Tiles(fetcher(self.path), self.size)
        stop = min(stop, self.size)
        for number in range(start // WIDTH, -(-stop // WIDTH)):
            for index, data in enumerate(tiles.entries(number), number * WIDTH):
                if start <= index < stop:
                    yield index, data


def opened(path: Path) -> Log:
    """The log in a directory, up to its newest checkpoint; raises FileNotFoundError where there is none."""
    head = Checkpoint.parse_unverified(Layout(path).checkpoint.read_text("utf-8"))
    return Log(path, head.size, head.origin, head.root.hex())
