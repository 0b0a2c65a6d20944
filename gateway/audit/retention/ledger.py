"""The log, as whoever erases, holds and prunes needs it: to append, to look up, and to be alone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.audit.layout import Layout
from gateway.audit.reader import matching
from gateway.audit.vault.disk import locked

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ledger:
    """One log."""

    path: Path
    append: Callable[[Record], object]
    """Durable on return; raises RecordFault."""

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else holds, erases or prunes meanwhile: a hold counts from when its command ends."""
        with locked(Layout(self.path).wal / "keeping.lock"):
            yield

    def find(self, kind: str, **fields: object) -> tuple[int | None, Mapping[str, Any]] | None:
        """The newest record of a type with these fields; its index is None before publication."""
        found = None
        for index, record in matching(self.path, b'"type":"%s"' % kind.encode()):
            if record.get("type") == kind and fields.items() <= record.items():
                found = index, record
        return found
