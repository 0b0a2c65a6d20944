"""Reading a log from its files: records in order, records of one exchange, proofs."""

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from gateway.audit.canonical import Record
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.proof import Proof, verify_proof
from gateway.audit.stores.base import CHECKPOINT, Source
from gateway.audit.stores.opening import Place, open_source
from gateway.audit.tiles import ENTRIES, WIDTH, Tiles, split_bundle
from gateway.audit.tree import inclusion_proof

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

_MINIMUM = "minimum"


class Pruned(ValueError):
    """The entry is past its retention and was removed; its hash is still in the tree."""


def minimum(place: Place) -> int:
    """Index of the first entry that was not pruned. What the log's keeper says: ``verify`` checks it."""
    try:
        return int(open_source(place).fetch(_MINIMUM) or b"0")
    except ValueError:
        return 0


def records(place: Place) -> Iterator[tuple[int, Record]]:
    """Every published record that is still kept, with its index, oldest first. Nothing is verified."""
    for index, data in _entries(open_source(place)):
        yield index, orjson.loads(data)


def matching(place: Place, needle: bytes) -> Iterator[tuple[int | None, Record]]:
    """Every durable record with these bytes in it, oldest first; the index is None before publication."""
    source = open_source(place)
    waiting = [orjson.loads(data) for data in source.durable() if needle in data]
    known = set()
    for index, data in _entries(source, needle):
        if needle in data:
            record = orjson.loads(data)
            known.add(_place(record))
            yield index, record
    yield from ((None, record) for record in waiting if _place(record) not in known)


def _entries(source: Source, needle: bytes = b"") -> Iterator[tuple[int, bytes]]:
    """Entries of the bundles that have the needle."""
    size = _published(source)
    tiles = Tiles(source.fetch, size)
    for number in range(minimum(source) // WIDTH, -(-size // WIDTH)):
        located = tiles.locate(ENTRIES, number)
        if located is None and minimum(source) > number * WIDTH:  # pruned meanwhile
            continue
        if located is None or needle in located[1]:
            yield from enumerate(tiles.entries(number), number * WIDTH)


def entry(place: Place, index: int) -> bytes:
    """The bytes of one entry; raises ValueError when there is none, and Pruned when it was removed."""
    source = open_source(place)
    first = minimum(source)
    if 0 <= index < first:
        raise Pruned(f"entry {index} was pruned: entries are kept from {first} on")
    return Tiles(source.fetch, _published(source)).entries(index // WIDTH)[index % WIDTH]


def find(place: Place, exchange_id: str) -> list[tuple[int | None, Record]]:
    """The records of one exchange, oldest first; the index is None before publication."""
    needle = b'"exchange":' + orjson.dumps(exchange_id)
    source = open_source(place)
    # Waiting records first: one that is published meanwhile is then seen twice, not missed.
    waiting = [orjson.loads(data) for data in source.durable() if needle in data]
    found = _scan_backwards(source, needle, exchange_id)
    known = {_place(record) for _, record in found}
    ours = [record for record in waiting if record.get("exchange") == exchange_id]
    return [*found, *((None, record) for record in ours if _place(record) not in known)]


def prove(place: Place, index: int, signed: str | None = None) -> str:
    """The ``.tlog-proof`` of one published entry, under the newest checkpoint or under *signed*.

    Raises ValueError when there is no such entry.
    """
    source = open_source(place)
    signed = signed or (source.fetch(CHECKPOINT) or b"").decode()
    size = Checkpoint.parse_unverified(signed).size if signed else 0
    if not 0 <= index < size:
        raise ValueError(f"no entry {index}: the log has {size}")
    hashes = inclusion_proof(index, 0, size, Tiles(source.fetch, size).span)
    return Proof(index, tuple(hashes), signed).text


def _published(source: Source) -> int:
    signed = source.fetch(CHECKPOINT)
    return Checkpoint.parse_unverified(signed.decode()).size if signed else 0


def _scan_backwards(source: Source, needle: bytes, exchange_id: str) -> list[tuple[int | None, Record]]:
    """Look for the needle in whole bundles, newest first, and parse only where it is."""
    size = _published(source)
    tiles = Tiles(source.fetch, size)
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

    place: Place
    size: int
    origin: str
    root: str
    """In hex."""

    def entries(self, start: int, stop: int) -> Iterator[tuple[int, bytes]]:
        """Index and bytes of the entries from ``start`` up to ``stop``; nothing is verified.

        Raises:
            ValueError: a file of the log is missing or broken.
        """
        tiles = Tiles(open_source(self.place).fetch, self.size)
        stop = min(stop, self.size)
        for number in range(start // WIDTH, -(-stop // WIDTH)):
            for index, data in enumerate(tiles.entries(number), number * WIDTH):
                if start <= index < stop:
                    yield index, data


def opened(place: Place) -> Log:
    """The log at a place, up to its newest checkpoint; raises FileNotFoundError where there is none."""
    source = open_source(place)
    signed = source.fetch(CHECKPOINT)
    if signed is None:
        raise FileNotFoundError(2, "there is no checkpoint", source.name)
    head = Checkpoint.parse_unverified(signed.decode())
    return Log(place, head.size, head.origin, head.root.hex())
