"""The quick way to verify what is in order, a range of full bundles at a time and in several processes.

Whoever verifies a range reads each bundle and its tile once and hands back a summary: small, and to be joined
to what came before. Where anything at all is not in order there is no summary, and the slow way looks at the
same range again, since only that can say what is wrong and where.
"""

import gc
import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

from gateway.audit.canonical import canonical
from gateway.audit.stores.base import Source
from gateway.audit.stores.opening import Place, Site, open_source
from gateway.audit.tiles import ENTRIES, WIDTH, Fetch, split_bundle, tile_path
from gateway.audit.trail import Stretch
from gateway.audit.tree import root_hash

BUNDLES = 32
"""Bundles of one range."""

_MANY = 200_000
"""Entries from which on other processes are worth their start."""


@dataclass(slots=True)
class Summary:
    """What a range says that is in order."""

    roots: list[bytes] = field(default_factory=list)
    """The hash of each level-0 tile on the level above."""

    stretch: Stretch = field(default_factory=Stretch)
    """What its records say about each other."""


def summarise(place: Path | str | Site, first: int, count: int) -> Summary | None:
    """The summary of *count* full bundles from number *first* on; None where they are not all in order.

    Raises:
        OSError: the log cannot be read.
    """
    return summarise_with(_source(place).fetch, first, count)


@lru_cache(1)
def _source(place: Path | str | Site) -> Source:
    """Opened once a process: a connection costs more than the reading of a range."""
    return open_source(place)


def summarise_with(fetch: Fetch, first: int, count: int) -> Summary | None:
    """:func:`summarise` for a log that is open."""
    summary = Summary()
    with _without_collector():
        for number in range(first, first + count):
            bundle, tile = fetch(tile_path(ENTRIES, number)), fetch(tile_path(0, number))
            if bundle is None or tile is None or not _take(summary, number, bundle, tile):
                return None
    return summary


@contextmanager
def _without_collector() -> Iterator[None]:
    """Records have no cycles, and looking for some takes as long as reading them."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _take(summary: Summary, number: int, bundle: bytes, tile: bytes) -> bool:
    """Add a bundle; False when it is not in order."""
    try:
        entries = [entry for entry, _ in split_bundle(bundle)]
    except ValueError:
        return False
    sha256 = hashlib.sha256
    hashes = [sha256(b"\x00" + entry).digest() for entry in entries]
    if len(entries) != WIDTH or b"".join(hashes) != tile:
        return False
    summary.roots.append(root_hash(hashes))
    return summary.stretch.extend(number * WIDTH, canonical(entries))


Ranges = Iterator[tuple[int, int, Summary | None]]
"""First bundle, number of bundles, summary."""


def in_order(place: Place, fetch: Fetch, bundles: int, processes: int | None) -> Ranges:
    """The summaries of the first *bundles* bundles, which are full, range by range.

    Args:
        place: the log.
        fetch: reads it in this process.
        bundles: how many there are.
        processes: how many may work at it; as many as there are processors if None, and none but this
            one where the log is short.
    """
    jobs = [(first, min(BUNDLES, bundles - first)) for first in range(0, bundles, BUNDLES)]
    wanted = _wanted(bundles * WIDTH) if processes is None else processes
    if wanted > 1 and isinstance(place, Path | str | Site):
        yield from _side_by_side(place, fetch, jobs, wanted)
    else:
        for first, count in jobs:
            yield first, count, summarise_with(fetch, first, count)


def _wanted(entries: int) -> int:
    return len(os.sched_getaffinity(0)) if entries >= _MANY else 1


def _side_by_side(place: Path | str | Site, fetch: Fetch, jobs: list[tuple[int, int]], wanted: int) -> Ranges:
    with _pool(wanted) as pool:
        ahead = [pool.submit(summarise, place, *job) for job in jobs]
        for (first, count), one in zip(jobs, ahead, strict=True):
            try:
                summary = one.result()
            except BrokenExecutor:  # no other processes here: go on alone
                summary = summarise_with(fetch, first, count)
            yield first, count, summary


@contextmanager
def _pool(processes: int) -> Iterator[Executor]:
    """Fresh processes: a copy of one that has threads could stand still."""
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
