"""Ciphertexts: files named by their own digest, in one folder for each key."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gateway.audit.files import TEMPORARY, make_directories, publish
from gateway.audit.vault.disk import Disk
from gateway.audit.vault.faults import Altered, Missing
from gateway.audit.vault.seal import Header, digest, opened

_HEAD = 64 * 1024


def _header(path: Path) -> Header:
    try:
        with path.open("rb") as file:
            return opened(file.read(_HEAD))[0]
    except Altered:
        return {}


class Ciphertexts:
    """The files of a vault. Whoever has only these has nothing."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        """Raises OSError."""
        self._folder = folder
        self._disk = disk or Disk()
        make_directories(self._disk, folder)

    def put(self, key: str, data: bytes) -> str:
        """Durable on return; its digest."""
        name = digest(data)
        publish(self._disk, {self._folder / key / name: data})
        return name

    def get(self, key: str, name: str) -> bytes:
        """What was put. Raises Missing, or Altered."""
        try:
            data = (self._folder / key / name).read_bytes()
        except FileNotFoundError:
            raise Missing(f"the vault has no file {name} of key {key}") from None
        if digest(data) != name:
            raise Altered(f"file {name} of the vault was altered")
        return data

    def of(self, key: str) -> Iterator[tuple[Path, Header]]:
        """The files of a key and what they say they are of; nothing, where that is damaged."""
        folder = self._folder / key
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if path.suffix != TEMPORARY:
                yield path, _header(path)

    def keys(self) -> list[str]:
        """Ids of the keys that files are under."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir())

    def remove(self, path: Path) -> None:
        """Remove one file, and its folder with the last."""
        self._disk.unlink(path)
        with suppress(OSError):
            path.parent.rmdir()

    def drop(self, key: str) -> None:
        """Remove all files of a key."""
        folder = self._folder / key
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            self.remove(path)
        with suppress(OSError):
            folder.rmdir()
