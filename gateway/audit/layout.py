"""Where things are in a log directory.

``checkpoint``, ``vkey`` and ``tile/`` may be served to anyone as they are; ``wal/`` is private.
The second copy of the last signed checkpoint lives outside, so that restoring the directory from
a backup does not restore it too.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths of one log."""

    root: Path
    second_copy: Path | None = None

    @property
    def checkpoint(self) -> Path:
        """The published checkpoint."""
        return self.root / "checkpoint"

    @property
    def vkey(self) -> Path:
        """The public key, for convenience; trust only a copy obtained elsewhere."""
        return self.root / "vkey"

    @property
    def policy(self) -> Path:
        """Which keys and witnesses are to be trusted (tlog-policy); for convenience, as the key is."""
        return self.root / "policy"

    @property
    def anchors(self) -> Path:
        """Checkpoints that others have attested, and their attestations."""
        return self.root / "anchors"

    @property
    def minimum(self) -> Path:
        """Index of the first entry that was not pruned (tlog-tiles: minimum index); no file, none was."""
        return self.root / "minimum"

    @property
    def wal(self) -> Path:
        """Segments that are not, or not wholly, in the Merkle log."""
        return self.root / "wal"

    @property
    def state(self) -> Path:
        """How far the segments are integrated."""
        return self.wal / "state"

    @property
    def lock(self) -> Path:
        """Locked by the process that publishes."""
        return self.wal / "lock"

    @property
    def second(self) -> Path:
        """The second copy of the last signed checkpoint."""
        return self.second_copy or self.root.with_name(self.root.name + ".signed")
