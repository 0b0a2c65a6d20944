"""How far an export came, in a file of its own, so that the next run goes on there."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from gateway.audit.export.entry import Head
from gateway.audit.export.reading import Disorder, Snapshot
from gateway.audit.files import Files, publish

VERSION = 1


@dataclass(frozen=True, slots=True)
class Position:
    """Entries before :attr:`after` are delivered, as they were in the log of that size and root."""

    after: int
    origin: str
    size: int
    root: str

    @classmethod
    def under(cls, head: Head, after: int) -> "Position":
        """The position in a log as it is."""
        return cls(after, head.origin, head.size, head.root)

    def check(self, now: Snapshot) -> None:
        """Raises Disorder where the log now is no extension of the one then."""
        if now.head.origin != self.origin:
            raise Disorder(f"the state is of {self.origin}, and the log is {now.head.origin}")
        if now.head.size < self.size:
            raise Disorder(f"the log had {self.size} entries when last exported; it has {now.head.size} now")
        if now.root_at(self.size) != self.root:
            raise Disorder(f"the log's first {self.size} entries are not those that were exported")


def load(path: Path) -> Position | None:
    """The position in a file; None where there is no file.

    Raises:
        ValueError: it holds something else.
        OSError: it cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return _parsed(orjson.loads(data))
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is no state of an export") from error


def _parsed(found: dict[str, Any]) -> Position:
    if found["version"] != VERSION:
        raise ValueError(f"not of version {VERSION}")
    return Position(int(found["after"]), str(found["origin"]), int(found["size"]), str(found["root"]))


def save(path: Path, position: Position) -> None:
    """Durable on return; a crash leaves the position before or this one."""
    publish(Files(), {path: orjson.dumps({"version": VERSION, **asdict(position)}) + b"\n"})
