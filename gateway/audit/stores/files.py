"""A log in a directory: the default. ``checkpoint``, ``vkey`` and ``tile/`` can be served as they are."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gateway.audit.files import Files, publish
from gateway.audit.layout import Layout
from gateway.audit.stores.base import CHECKPOINT, VKEY, Batch
from gateway.audit.stores.journal import Journal
from gateway.audit.tiles import fetcher
from gateway.audit.wal import State


class FileStore(Journal):
    """Tiles and write-ahead log in one directory."""

    def __init__(self, layout: Layout, files: Files | None = None) -> None:
        super().__init__(layout, files or Files())
        self._root = layout.root
        self.fetch = fetcher(layout.root)

    @property
    def name(self) -> str:
        """The directory."""
        return str(self._root)

    def tiles(self) -> list[str]:
        """All files under ``tile/``."""
        walk = os.walk(self._root / "tile")
        found = (Path(at) / name for at, _, names in walk for name in names)
        return sorted(path.relative_to(self._root).as_posix() for path in found)

    def signed(self) -> Sequence[tuple[str, bytes]]:
        """Checkpoint and second copy."""
        found = ((str(self._layout.second), self.second()), (CHECKPOINT, self.fetch(CHECKPOINT)))
        return [(place, data) for place, data in found if data is not None]

    def versions(self, path: str) -> list[str]:
        """Full and partial files of a tile."""
        partials = [f"{path}.p/{name}" for name in _names(self._root / f"{path}.p") if name.isdecimal()]
        return [*partials, path] if (self._root / path).exists() else partials

    def integrate(self, files: Mapping[str, bytes], state: State, batch: Batch) -> None:  # noqa: ARG002
        """Each file whole: temporary, fsync, rename, then fsync of the directories."""
        publish(self._files, {self._root / path: data for path, data in files.items()})
        self.save(state)

    def describe(self, vkey: bytes) -> None:
        """Write ``vkey``."""
        publish(self._files, {self._root / VKEY: vkey})

    def sign(self, signed: bytes) -> None:
        """The second copy first, so that it never lags behind what others have seen."""
        self.save_second(signed)
        publish(self._files, {self._root / CHECKPOINT: signed})

    def drop(self, paths: Sequence[str]) -> None:
        """Unlink, and the directory of partial tiles once it is empty."""
        for path in paths:
            self._files.unlink(self._root / path)
        for directory in {(self._root / path).parent for path in paths}:
            if directory.suffix == ".p":
                with suppress(OSError):
                    directory.rmdir()


def _names(directory: Path) -> list[str]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return [path.name for path in directory.iterdir()]
    return []
