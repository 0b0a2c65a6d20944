"""A witness (c2sp.org/tlog-witness): cosigns a checkpoint that extends the last one it cosigned."""

import re

from gateway.audit.anchors.anchor import AnchorFault, Evidence, Subject
from gateway.audit.anchors.http import Answer, post
from gateway.audit.cosignature import Witness
from gateway.audit.note import NoteError, split_signatures, to_base64
from gateway.audit.tree import consistency_proof

_OK, _CONFLICT, _NO_PROOF = 200, 409, 422
_SIZE = "text/x.tlog.size"


class WitnessAnchor:
    """Client of one witness. What it has cosigned last it says itself, when asked wrongly."""

    kind = "witness"

    def __init__(self, name: str, url: str, witness: Witness) -> None:
        """*url* is the submission prefix, *witness* the key that must cosign."""
        self.name = name
        self._url = url.rstrip("/") + "/add-checkpoint"
        self._witness = witness
        self._old = 0

    def attest(self, subject: Subject) -> Evidence:
        """Get a cosignature. Raises AnchorFault; that of a fork or a rollback says so."""
        answer = self._submit(subject)
        if answer.status == _CONFLICT and answer.kind == _SIZE:
            self._old = self._known(answer, subject)
            answer = self._submit(subject)
        if answer.status in {_CONFLICT, _NO_PROOF}:
            raise AnchorFault(f"{self._url}: it has cosigned a tree that is no part of this: forked")
        if answer.status != _OK:
            complaint = answer.body[:200].decode("utf-8", "replace").strip()
            raise AnchorFault(f"{self._url}: HTTP {answer.status} {complaint}")
        self._old = subject.checkpoint.size
        return Evidence(signatures=self._ours(answer, subject))

    def _submit(self, subject: Subject) -> Answer:
        try:
            proof = consistency_proof(self._old, subject.checkpoint.size, subject.span)
        except ValueError as error:
            raise AnchorFault(f"no proof from {self._old} entries on: {error}") from error
        lines = [f"old {self._old}", *map(to_base64, proof), "", subject.signed]
        return post(self._url, "\n".join(lines).encode(), "text/plain; charset=utf-8")

    def _known(self, answer: Answer, subject: Subject) -> int:
        """The size that the witness has cosigned last."""
        text = answer.body.strip()
        if not re.fullmatch(rb"0|[1-9][0-9]{0,18}", text):
            raise AnchorFault(f"{self._url}: a conflict without a size")
        if int(text) == self._old:
            raise AnchorFault(f"{self._url}: it has cosigned another tree of this size: forked")
        if int(text) > subject.checkpoint.size:
            raise AnchorFault(f"{self._url}: it has seen {int(text)} entries: the log was rolled back")
        return int(text)

    def _ours(self, answer: Answer, subject: Subject) -> tuple[str, ...]:
        """The lines that its key signed; others are ignored, as the protocol demands."""
        try:
            signatures = split_signatures(answer.body.decode())
        except (NoteError, UnicodeDecodeError) as error:
            raise AnchorFault(f"{self._url}: not cosignatures: {error}") from error
        ours = [one.line for one in signatures if self._witness.signed_at(subject.text, one) is not None]
        if not ours:
            raise AnchorFault(f"{self._url}: no cosignature by {self._witness.vkey}")
        return tuple(ours)
