"""Proofs that carry their record: what they prove, and that any change proves nothing."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.evidence import check, proofs
from gateway.audit.note import NoteError
from gateway.audit.proof import Proof
from gateway.audit.reader import entry
from gateway.audit.trust import Trust
from tests.audit.test_page import SIGNER, trail, written

TRUST = Trust.parse(f"log {SIGNER.vkey}\nquorum none\n")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("evidence") / "log", trail())


def test_every_record_of_an_exchange(log: Path) -> None:
    found = proofs(log, "lx-1")
    assert list(found) == ["lx-1.1.tlog-proof", "lx-1.2.tlog-proof"]
    proven = [check(text, None, TRUST) for text in found.values()]
    assert [(one.index, one.record["type"]) for one in proven] == [(1, "decision"), (2, "outcome")]
    assert all(one.quorum for one in proven)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_changed_byte_proves_nothing(log: Path, data: st.DataObject) -> None:
    (text,) = proofs(log, "1").values()
    raw = bytearray(text.encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NoteError):
        check(bytes(raw).decode("utf-8", "replace"), None, TRUST)


def test_a_proof_without_its_record_needs_it(log: Path) -> None:
    (text,) = proofs(log, "1").values()
    proof = Proof.parse(text)
    bare = Proof(proof.index, proof.hashes, proof.signed).text
    with pytest.raises(NoteError, match="carries no record"):
        check(bare, None, TRUST)
    assert check(bare, entry(log, 1), TRUST).index == 1
    with pytest.raises(NoteError, match="does not lead"):
        check(bare, entry(log, 2), TRUST)
    with pytest.raises(NoteError, match="names no log"):
        check(text, None, Trust.parse("quorum none\n"))
