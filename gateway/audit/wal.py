"""The write-ahead log as files: what waits to be published, and how far publishing has come.

A segment's name says what its frames are: ``<node>.<boot>.<seq of the first frame>.wal``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from gateway.audit.canonical import decode, encode
from gateway.audit.frames import unframe
from gateway.audit.tree import EMPTY_ROOT

TORN = ".torn"
"""Suffix of a segment kept because something unreadable follows its last whole frame."""

_NAME = re.compile(r"([\w-]{1,64})\.([\w-]{1,64})\.(\d{1,15})\.wal", re.ASCII)


class SegmentName(NamedTuple):
    """What a segment's file name says."""

    node: str
    boot: str
    first: int

    def __str__(self) -> str:
        return f"{self.node}.{self.boot}.{self.first:015d}.wal"

    @classmethod
    def parse(cls, name: str) -> "SegmentName | None":
        """None for any other file."""
        match = _NAME.fullmatch(name)
        return cls(match[1], match[2], int(match[3])) if match else None


@dataclass(frozen=True, slots=True)
class State:
    """How far integration has come."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    offsets: dict[str, int] = field(default_factory=dict)
    """Bytes integrated, by segment name."""

    def dump(self) -> bytes:
        """As canonical JSON."""
        return encode({"size": self.size, "root": self.root.hex(), "segments": self.offsets})

    @classmethod
    def load(cls, path: Path) -> "State":
        """What a file holds; empty without one. Raises ValueError for a damaged one."""
        try:
            return cls.parse(path.read_bytes())
        except FileNotFoundError:
            return cls()

    @classmethod
    def parse(cls, data: bytes) -> "State":
        """Inverse of :meth:`dump`; raises ValueError."""
        try:
            record = decode(data)
            return cls(record["size"], bytes.fromhex(record["root"]), record["segments"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"no {error}") from error


def segments(directory: Path) -> list[Path]:
    """The segments in a directory, boots in the order of their beginning."""
    if not directory.is_dir():
        return []
    named = [(SegmentName.parse(path.name), path) for path in directory.iterdir()]
    return [path for _, path in sorted((name[1:], path) for name, path in named if name)]


def pending(directory: Path, state: State) -> Iterator[bytes]:
    """Payloads that are durable but beyond *state*."""
    for path in segments(directory):
        try:
            data = path.read_bytes()
        except FileNotFoundError:  # published and removed meanwhile
            continue
        for payload, _ in unframe(data, state.offsets.get(path.name, 0)):
            yield payload
