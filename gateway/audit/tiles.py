"""Tiles (c2sp.org/tlog-tiles): the tree and its entries as static files.

A tile holds up to 256 hashes of one level; one at level L stands for 256^L leaves each. A bundle
holds the entries under a level-0 tile, each behind its length in two bytes. What is not full yet
is a *partial* and has its width in its path.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

from gateway.audit.tree import HASH_SIZE, leaf_hash, root_hash, split

WIDTH = 256
"""Hashes or entries in a full tile or bundle."""

HEIGHT = 8
"""Tree levels that one tile level spans."""

ENTRIES: Literal["entries"] = "entries"
Level = int | Literal["entries"]

_PATH = re.compile(r"tile/(entries|\d{1,2})/((?:x\d{3}/)*\d{3})(?:\.p/(\d{1,3}))?", re.ASCII)


def tile_path(level: Level, index: int, width: int = WIDTH) -> str:
    """Path of a tile or bundle, relative to the log: ``tile/<L>/<N>[.p/<W>]``."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    path = f"tile/{level}/{'/'.join(groups)}"
    return path if width == WIDTH else f"{path}.p/{width}"


def count(level: Level, size: int) -> int:
    """How many hashes (or entries) a tree of *size* leaves has at a tile level."""
    return size if level == ENTRIES else size >> HEIGHT * level


def width(level: Level, index: int, size: int) -> int:
    """How many of them are in one tile; 0 when the tree has no such tile."""
    return max(0, min(WIDTH, count(level, size) - WIDTH * index))


def levels(size: int) -> range:
    """The tile levels that a tree of *size* leaves has."""
    return range(max(0, (size.bit_length() - 1) // HEIGHT + 1))


class TileName(NamedTuple):
    """What a tile's path says."""

    level: Level
    number: int
    width: int

    @classmethod
    def parse(cls, path: str) -> "TileName | None":
        """Inverse of :func:`tile_path`; None for any other path."""
        match = _PATH.fullmatch(path)
        if not match:
            return None
        level: Level = ENTRIES if match[1] == ENTRIES else int(match[1])
        name = cls(level, int(match[2].replace("x", "").replace("/", "")), int(match[3] or WIDTH))
        return name if tile_path(*name) == path else None


def bundle(entries: Iterable[bytes]) -> bytes:
    """The bytes of an entry bundle."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def split_bundle(data: bytes) -> Iterator[tuple[bytes, int]]:
    """The entries of a bundle and the offset of each; raises ValueError at a broken frame."""
    offset = 0
    while offset < len(data):
        length = int.from_bytes(data[offset : offset + 2])
        entry = data[offset + 2 : offset + 2 + length]
        if offset + 2 > len(data) or len(entry) < length:
            raise ValueError(f"bundle ends inside the entry at byte {offset}")
        yield entry, offset
        offset += 2 + length


def split_tile(data: bytes) -> list[bytes]:
    """The hashes of a tile; a short last one is left as it is."""
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


Fetch = Callable[[str], bytes | None]
"""Bytes of a file of the log by its path; None when there is none."""


def fetcher(root: Path) -> Fetch:
    """Fetch from a directory."""

    def fetch(path: str) -> bytes | None:
        try:
            return (root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    return fetch


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tiles of a tree of known size."""

    fetch: Fetch
    size: int

    def locate(self, level: Level, index: int) -> tuple[str, bytes] | None:
        """Path and bytes of a tile: the partial of this size, else the full one, which may be
        there already (tlog-tiles: clients fall back to the full tile)."""
        wide = width(level, index, self.size)
        for path in dict.fromkeys((tile_path(level, index, wide), tile_path(level, index))):
            data = self.fetch(path)
            if data is not None:
                return path, data
        return None

    def hashes(self, level: int, index: int) -> list[bytes]:
        """The hashes of a tile at this size; raises ValueError when they are not there."""
        found = self.locate(level, index)
        wide = width(level, index, self.size)
        if found is None or len(found[1]) < wide * HASH_SIZE:
            raise ValueError(f"{tile_path(level, index, wide)} is missing or short")
        return split_tile(found[1][: wide * HASH_SIZE])

    def entries(self, index: int) -> list[bytes]:
        """The entries of a bundle at this size; raises ValueError when they are not there."""
        found = self.locate(ENTRIES, index)
        wide = width(ENTRIES, index, self.size)
        entries = [entry for entry, _ in split_bundle(found[1])][:wide] if found else []
        if len(entries) < wide:
            raise ValueError(f"{tile_path(ENTRIES, index, wide)} is missing or short")
        return entries

    def span(self, lo: int, hi: int) -> bytes:
        """MTH(D[lo:hi]) for the ranges that occur in proofs."""
        size = hi - lo
        if size & (size - 1) or lo % size:
            middle = lo + split(size)
            return root_hash([self.span(lo, middle), self.span(middle, hi)])
        level, rest = divmod(size.bit_length() - 1, HEIGHT)
        first = lo >> HEIGHT * level
        start = first % WIDTH
        return root_hash(self.hashes(level, first // WIDTH)[start : start + (1 << rest)])

    def edge(self) -> "Edge":
        """The right edge, from which the tree can grow."""
        edge = Edge(self.size)
        for level in levels(self.size):
            index, partial = divmod(count(level, self.size), WIDTH)
            edge.levels.append(self.hashes(level, index) if partial else [])
        index, partial = divmod(self.size, WIDTH)
        edge.entries = self.entries(index) if partial else []
        return edge

    def root(self) -> bytes:
        """The root, from the tiles on the right edge."""
        return self.edge().root


@dataclass(slots=True)
class Edge:
    """The incomplete tiles on the right of a tree: all that growing needs."""

    size: int = 0
    levels: list[list[bytes]] = field(default_factory=list)
    """Hashes of the incomplete tile of each level."""

    entries: list[bytes] = field(default_factory=list)
    """Entries of the incomplete bundle."""

    @property
    def root(self) -> bytes:
        """Fold upwards: the incomplete rest of a level is the last node of the level above."""
        rest: list[bytes] = []
        for hashes in self.levels:
            nodes = hashes + rest
            rest = [root_hash(nodes)] if nodes else []
        return root_hash(rest)

    def grow(self, entries: Iterable[bytes]) -> tuple["Edge", dict[str, bytes]]:
        """The edge after *entries*, and every file that comes or changes by them."""
        after = Edge(self.size, [list(level) for level in self.levels], list(self.entries))
        files: dict[str, bytes] = {}
        for entry in entries:
            after.add(entry, files)
        files |= after.partials(self.size)
        return after, files

    def add(self, entry: bytes, files: dict[str, bytes]) -> None:
        """Append one entry; what becomes full is put into *files*."""
        self.entries.append(entry)
        if len(self.entries) == WIDTH:
            files[tile_path(ENTRIES, self.size // WIDTH)] = bundle(self.entries)
            self.entries = []
        self.add_leaf(leaf_hash(entry), files)

    def add_leaf(self, leaf: bytes, files: dict[str, bytes]) -> None:
        """Append the hash of one entry; for trees whose entries are elsewhere."""
        self.size += 1
        self._add_hash(0, leaf, files)

    def add_tile(self, root: bytes, files: dict[str, bytes]) -> None:
        """Append the 256 entries of a full tile by its hash; only between full tiles."""
        self.size += WIDTH
        if not self.levels:
            self.levels.append([])
        self._add_hash(1, root, files)

    def _add_hash(self, level: int, digest: bytes, files: dict[str, bytes]) -> None:
        if level == len(self.levels):
            self.levels.append([])
        hashes = self.levels[level]
        hashes.append(digest)
        if len(hashes) == WIDTH:
            files[tile_path(level, count(level, self.size) // WIDTH - 1)] = b"".join(hashes)
            self.levels[level] = []
            self._add_hash(level + 1, root_hash(hashes), files)

    def partials(self, since: int) -> Mapping[str, bytes]:
        """The partial tiles that a tree of *since* leaves does not have already."""
        files: dict[str, bytes] = {}
        for level, hashes in enumerate(self.levels):
            if hashes and count(level, self.size) != count(level, since):
                index = count(level, self.size) // WIDTH
                files[tile_path(level, index, len(hashes))] = b"".join(hashes)
        if self.entries and self.size != since:
            files[tile_path(ENTRIES, self.size // WIDTH, len(self.entries))] = bundle(self.entries)
        return files
