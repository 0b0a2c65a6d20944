"""Proofs in a file (c2sp.org/tlog-proof): one entry, one signed checkpoint, the way between."""

import re
from dataclasses import dataclass

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import NoteError, Verifier, from_base64, to_base64
from gateway.audit.tree import HASH_SIZE, leaf_hash, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Proof:
    """A parsed ``.tlog-proof``."""

    index: int
    hashes: tuple[bytes, ...]
    signed: str
    """The checkpoint's signed note, verbatim."""

    unverified_extra: bytes | None = None
    """Opaque data that nothing authenticates."""

    @property
    def text(self) -> str:
        """The file's text."""
        lines = [HEADER]
        if self.unverified_extra is not None:
            lines.append(f"extra {to_base64(self.unverified_extra)}")
        lines += [f"index {self.index}", *map(to_base64, self.hashes), "", self.signed]
        return "\n".join(lines)

    @classmethod
    def parse(cls, text: str) -> "Proof":
        """Read a file's text; raises :class:`NoteError`."""
        head, found, signed = text.partition("\n\n")
        lines = head.split("\n")
        if not found or lines.pop(0) != HEADER:
            raise NoteError("not a tlog-proof")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = from_base64(lines.pop(0).removeprefix("extra "))
        index = _INDEX.fullmatch(lines.pop(0)) if lines else None
        hashes = tuple(map(from_base64, lines))
        if not index or any(len(digest) != HASH_SIZE for digest in hashes):
            raise NoteError("not a tlog-proof")
        return cls(int(index[1]), hashes, signed, extra)


def verify_proof(text: str, leaf: bytes, vkey: str) -> Checkpoint:
    """The checkpoint under which the entry *leaf* is proven to be in the log.

    Raises:
        NoteError: the proof is malformed, not signed by *vkey*, or about another entry.
    """
    proof = Proof.parse(text)
    checkpoint = Checkpoint.open(proof.signed, Verifier.parse(vkey))
    included = verify_inclusion(leaf_hash(leaf), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    if not included:
        raise NoteError("the proof does not lead from this entry to the signed root")
    return checkpoint
