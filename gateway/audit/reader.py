"""Reading a log from its files: records in order, records of one exchange, proofs."""

from collections.abc import Iterator

import orjson

from gateway.audit.canonical import Record
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.proof import Proof, verify_proof
from gateway.audit.stores.base import CHECKPOINT, Source
from gateway.audit.stores.opening import Place, open_source
from gateway.audit.tiles import ENTRIES, WIDTH, Tiles, split_bundle
from gateway.audit.tree import inclusion_proof

__all__ = ["entry", "find", "prove", "records", "verify_proof"]

_FIRST = frozenset({"decision", "refused"})
"""Record types that begin an exchange: nothing about it stands before them."""


def records(place: Place) -> Iterator[tuple[int, Record]]:
    """Every published record with its index, oldest first. Nothing is verified."""
    source = open_source(place)
    tiles = Tiles(source.fetch, _published(source))
    size = tiles.size
    for number in range(-(-size // WIDTH)):
        for offset, data in enumerate(tiles.entries(number)):
            yield number * WIDTH + offset, orjson.loads(data)


def entry(place: Place, index: int) -> bytes:
    """The bytes of one entry; raises ValueError when there is none."""
    source = open_source(place)
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


def prove(place: Place, index: int) -> str:
    """The ``.tlog-proof`` of one published entry; raises ValueError when there is none."""
    source = open_source(place)
    signed = (source.fetch(CHECKPOINT) or b"").decode()
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
