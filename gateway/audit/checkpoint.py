"""Checkpoints (c2sp.org/tlog-checkpoint): what the log signs — origin, size and root."""

import re
from dataclasses import dataclass

from gateway.audit import note

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note's text, without extension lines."""
        return f"{self.origin}\n{self.size}\n{note.to_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a note's text; extension lines are ignored. Raises :class:`note.NoteError`."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise note.NoteError("not a checkpoint")
        origin, size, root = lines[:3]
        if not _SIZE.fullmatch(size) or len(digest := note.from_base64(root)) != 32:
            raise note.NoteError("not a checkpoint")
        return cls(origin, int(size), digest)

    @classmethod
    def open(cls, signed: str, verifier: note.Verifier) -> "Checkpoint":
        """The checkpoint of a signed note whose signature and origin are the verifier's."""
        checkpoint = cls.parse(note.open_note(signed, verifier))
        if checkpoint.origin != verifier.name:
            raise note.NoteError(f"origin {checkpoint.origin!r} is not {verifier.name!r}")
        return checkpoint

    @classmethod
    def parse_unverified(cls, signed: str) -> "Checkpoint":
        """The checkpoint of a signed note, without a look at the signature."""
        return cls.parse(signed.rpartition("\n\n")[0] + "\n")
