"""What an anchor is, what it gets and what it brings back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import split_note
from gateway.audit.tree import Span


class AnchorFault(Exception):
    """The checkpoint could not be anchored; it is tried again."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A checkpoint to anchor."""

    signed: str
    """The signed note."""

    span: Span
    """Hashes of the log's ranges, for consistency proofs. Raises ValueError where tiles are missing."""

    @property
    def checkpoint(self) -> Checkpoint:
        """What was signed."""
        return Checkpoint.parse_unverified(self.signed)

    @property
    def text(self) -> str:
        """The signed text."""
        return split_note(self.signed)[0]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an anchor brings back to be kept beside the log."""

    signatures: tuple[str, ...] = ()
    """Signature lines to put under the checkpoint."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    """By suffix of the file's name."""


class Anchor(Protocol):
    """One place outside the log."""

    @property
    def name(self) -> str:
        """Names it in states, reports and files."""

    @property
    def kind(self) -> str:
        """Which sort it is, as settings spell it."""

    def attest(self, subject: Subject) -> Evidence:
        """Anchor a checkpoint; may block for seconds. Raises AnchorFault."""
