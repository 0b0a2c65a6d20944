"""Evidence that travels: proofs which hold their record, and what they prove.

The record is the proof's ``extra`` data. Nothing authenticates that line as such; but the proof leads
from one record to the signed root, so only the right one verifies.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.audit.anchored import clock
from gateway.audit.canonical import Record, decode, encode
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.explain import told
from gateway.audit.note import NoteError, split_note
from gateway.audit.proof import Proof, verify_proof
from gateway.audit.reader import entry, find, prove
from gateway.audit.stores.base import Source
from gateway.audit.stores.opening import Place, open_source
from gateway.audit.trust import Trust

SUFFIX = ".tlog-proof"


def proofs(place: Place, what: str) -> dict[str, str]:
    """Proofs by file name: of the entry with that index, or of every published record of the exchange.

    Raises:
        OSError: the log cannot be read.
    """
    log = open_source(place)
    if what.isdecimal():
        try:
            return {f"entry-{int(what)}{SUFFIX}": _proof(log, int(what))}
        except ValueError:
            return {}
    indexes = [index for index, _ in find(log, what) if index is not None]
    return {f"{what}.{index}{SUFFIX}": _proof(log, index) for index in indexes}


def _proof(log: Source, index: int) -> str:
    proof = Proof.parse(prove(log, index, _best(log, index)))
    return Proof(proof.index, proof.hashes, proof.signed, entry(log, index)).text


def _best(log: Source, index: int) -> str | None:
    """The checkpoint over the entry that most others have signed too; the newest of those."""
    anchors = log.anchors()
    noted = [path.read_text("utf-8") for path in sorted(anchors.glob("*.note"))] if anchors else []
    fitting = [(len(split_note(one)[1]), Checkpoint.parse_unverified(one).size, one) for one in noted]
    return max((one for one in fitting if one[0] > 1 and one[1] > index), default=(0, 0, None))[2]


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof proves."""

    record: Record
    index: int
    checkpoint: Checkpoint
    cosigned: dict[str, int]
    """Witnesses of the policy, and when they cosigned in seconds since the Unix epoch."""

    quorum: bool

    def told(self) -> str:
        """In words, with the record."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        head = self.checkpoint
        yield f"proven    entry {self.index} of {head.origin}, under {head.size} entries"
        yield f"  root      {head.root.hex()}"
        yield from (f"  cosigned  by {name} at {clock(at)}" for name, at in self.cosigned.items())
        if not self.quorum:
            yield "  quorum    NOT met"
        yield from told(self.index, self.record)
        yield encode(self.record).decode()


def check(text: str, leaf: bytes | None, trust: Trust) -> Proven:
    """Check a proof of *leaf*, or of the record that it carries.

    Raises:
        NoteError: nothing is proven, and why.
    """
    proof = Proof.parse(text)
    leaf = proof.unverified_extra if leaf is None else leaf
    if leaf is None:
        raise NoteError("the proof carries no record, and none was given")
    checkpoint = _under(text, leaf, trust)
    try:
        record = decode(leaf)
    except ValueError as error:
        raise NoteError(f"the entry is no record: {error}") from error
    cosigned = trust.cosigned(proof.signed)
    return Proven(record, proof.index, checkpoint, cosigned, trust.met(cosigned))


def _under(text: str, leaf: bytes, trust: Trust) -> Checkpoint:
    """The checkpoint that one of the trusted logs signed; the last log's complaint when none did."""
    complaint = NoteError("the policy names no log")
    for log in trust.logs:
        try:
            return verify_proof(text, leaf, log.vkey)
        except NoteError as error:
            complaint = error
    raise complaint
