"""The seam between the log and the place where it lives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gateway.audit.wal import State

CHECKPOINT, VKEY, STATE = "checkpoint", "vkey", "wal/state"
"""Paths inside a log, beside its tiles."""


class ForkError(Exception):
    """What is published is not an extension of what was signed, or somebody else publishes too."""


class StoreError(OSError):
    """The place where the log lives does not answer, or refuses. Nothing is known of the call's effect."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.strerror = message


@dataclass(slots=True)
class Batch:
    """Records that are durable and not in the Merkle log yet."""

    entries: list[bytes] = field(default_factory=list)
    offsets: dict[str, int] = field(default_factory=dict)
    """How far each segment is integrated once the entries are; empty where integrating removes them."""

    finished: list[str] = field(default_factory=list)
    """Names of the segments that nobody writes any more and that end with this batch."""

    more: bool = False


class Source(Protocol):
    """Reads a log. Each method raises OSError when the place does not answer."""

    @property
    def name(self) -> str:
        """Where it is, without secrets."""

    def fetch(self, path: str) -> bytes | None:
        """Bytes of a published file; None when there is none."""

    def tiles(self) -> list[str]:
        """Paths of all files under ``tile/``, sorted."""

    def second(self) -> bytes | None:
        """The second copy of the last signed checkpoint."""

    def anchors(self) -> Path | None:
        """Folder of the checkpoints that others attested, and their attestations; None where it is out of
        sight."""

    def durable(self) -> Iterator[bytes]:
        """Records in the write-ahead log, some of which may be published; none where it is out of sight."""

    def waiting(self) -> Iterator[bytes]:
        """Those of them that are not published.

        Raises:
            ValueError: the note on how far publishing has come is damaged.
        """

    def torn(self) -> list[str]:
        """Segments kept because something unreadable follows their last whole record."""


class Writer(Protocol):
    """The write end of a segment. After a failure it is spent."""

    @property
    def name(self) -> str:
        """Name of the segment."""

    @property
    def size(self) -> int:
        """Durable bytes."""

    def commit(self, data: bytes, count: int) -> None:
        """Append *count* records, framed, and make them durable; on OSError nothing counts."""

    def close(self) -> None:
        """Write no more. Never raises."""


class Store(Source, Protocol):
    """Holds a log. All but :meth:`prepare`, :meth:`begin` and :meth:`lead` is for the one who leads."""

    def prepare(self) -> None:
        """Make what must be there before anything is written."""

    def begin(self, node: str, boot: str, first: int) -> Writer:
        """A segment for the records of a boot from number *first* on."""

    def lead(self) -> bool:
        """Become, or still be, the one who publishes. Raises ForkError where another log lives here."""

    def release(self) -> None:
        """Let another one lead. Never raises."""

    def unpublished(self, segment: str) -> bool:
        """Whether something of a segment waits still."""

    def state(self) -> State:
        """How far publishing has come. Raises ValueError when the note on it is damaged."""

    def signed(self) -> Sequence[tuple[str, bytes]]:
        """The checkpoint and its second copy, as far as they are there, with the place of each."""

    def versions(self, path: str) -> list[str]:
        """What there is of a tile: the full one, and partial ones."""

    def gather(self, state: State) -> Batch:
        """What is durable beyond *state*, boots in the order of their beginning."""

    def integrate(self, files: Mapping[str, bytes], state: State, batch: Batch) -> None:
        """Publish the tiles, then the new state; both durable on return."""

    def describe(self, vkey: bytes) -> None:
        """Publish the public key."""

    def sign(self, signed: bytes) -> None:
        """Replace the second copy of the checkpoint, then the checkpoint.

        Raises:
            ForkError: the checkpoint is not the one that was read or written last.
        """

    def retire(self, batch: Batch, state: State) -> None:
        """The batch is signed: its finished segments may go."""

    def drop(self, paths: Sequence[str]) -> None:
        """Remove tiles that no checkpoint covers or that a full one replaces."""
