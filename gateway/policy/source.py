"""Where the authority gets its bundle from, and whether to look again."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from gateway.policy.beside import beside
from gateway.policy.contents import MANIFEST, Contents
from gateway.policy.reading import contents

Stamps = frozenset[tuple[str, int, int]]


class Admission(Protocol):
    """Decides which bundles may be put in force: :class:`gateway.policy.signing.Trust`."""

    def admit(self, held: Contents) -> Contents:
        """The contents with the key that vouches for them, or ``BundleError``."""


class Source(Protocol):
    """A place that a bundle comes from."""

    @property
    def name(self) -> str:
        """The place, for people and records; without credentials."""

    def changed(self) -> bool:
        """True when :meth:`read` may give something else than the last time. Cheap."""

    def read(self) -> Contents:
        """The bundle's files, admitted. Raises ``BundleError`` or ``OSError``."""

    def accepted(self) -> None:
        """What was read last is in force now."""


class Files:
    """A folder or an archive on this machine."""

    def __init__(self, path: str | Path, trust: Admission | None = None) -> None:
        self._path = Path(path)
        self._trust = trust
        self._stamps: Stamps = frozenset()

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self._path)

    def changed(self) -> bool:
        """True when a file of the bundle, or of what lies beside it, looks different; stats only."""
        return frozenset(_stamps(self._path)) != self._stamps

    def read(self) -> Contents:
        """As :meth:`Source.read`."""
        self._stamps = frozenset(_stamps(self._path))
        held = contents(self._path)
        return self._trust.admit(held) if self._trust else held

    def accepted(self) -> None:
        """The files stay where they are."""


def _stamps(root: Path) -> Iterable[tuple[str, int, int]]:
    about = beside(root)
    watched = [root] if root.is_file() else root.rglob("*")
    for path in (about, *watched):
        if path in {root, about} or path.suffix in {".rego", ".json"} or path.name == MANIFEST:
            try:
                status = path.stat()
            except OSError:  # gone between listing and looking: the next look will tell
                continue
            yield str(path), status.st_mtime_ns, status.st_size
