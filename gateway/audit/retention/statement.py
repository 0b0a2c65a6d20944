"""What a log says about its own beginning: the newest ``retention`` record that is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.audit.tiles import ENTRIES, WIDTH, Tiles, split_bundle

_NEEDLE = b'"type":"retention"'


@dataclass(frozen=True, slots=True)
class Statement:
    """Where the entries of a log begin."""

    minimum: int = 0
    """Index of the first entry that is kept."""

    boots: Sequence[tuple[str, str, int]] = ()
    """Node, name and next number of the boots that go on there."""

    index: int = 0
    """Index of the record that says so; always one that is kept."""


def stated(tiles: Tiles) -> Statement | None:
    """The newest statement in the tree, unverified; None where nothing was pruned."""
    for number in reversed(range(-(-tiles.size // WIDTH))):
        located = tiles.locate(ENTRIES, number)
        found = _newest(located[1], number * WIDTH, tiles.size) if located else None
        if found:
            return found
    return None


def _newest(data: bytes, first: int, size: int) -> Statement | None:
    if _NEEDLE not in data:
        return None
    try:
        entries = [entry for entry, _ in split_bundle(data)][: size - first]
        records = [(at, orjson.loads(raw)) for at, raw in enumerate(entries, first) if _NEEDLE in raw]
        found = [
            Statement(int(record["minimum"]), tuple(map(_boot, record["boots"])), at)
            for at, record in records
            if record.get("type") == "retention" and record["minimum"] <= at
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # damaged: verification says so of the entry
    return found[-1] if found else None


def _boot(boot: Mapping[str, Any]) -> tuple[str, str, int]:
    return str(boot["node"]), str(boot["boot"]), int(boot["next"])
