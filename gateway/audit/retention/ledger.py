"""The log, as whoever erases, holds and prunes needs it: to append, to look up, and to be alone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.audit.layout import Layout
from gateway.audit.reader import matching
from gateway.audit.stores.opening import Place, Site
from gateway.audit.vault.disk import locked

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ledger:
    """One log."""

    path: Path
    """Its directory, or what of it is local."""

    append: Callable[[Record], object]
    """Durable on return; raises RecordFault."""

    store: Site | None = None
    """Where it is, if that is no directory."""

    @property
    def place(self) -> Place:
        """Where it is read."""
        return self.path if self.store is None else self.store

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else holds, erases or prunes meanwhile: a hold counts from when its command ends."""
        folder = Layout(self.path).wal
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "keeping.lock"):
            yield

    def find(self, kind: str, **fields: object) -> tuple[int | None, Mapping[str, Any]] | None:
        """The newest record of a type with these fields; its index is None before publication."""
        found = None
        for index, record in matching(self.place, b'"type":"%s"' % kind.encode()):
            if record.get("type") == kind and fields.items() <= record.items():
                found = index, record
        return found
