"""The Merkle tree against the RFC's definition, its test tree, and another implementation."""

import hashlib
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tree import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)

# The eight leaves of the Certificate Transparency reference implementation, and their roots.
REFERENCE = [
    bytes.fromhex(leaf)
    for leaf in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
REFERENCE_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def mth(entries: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, to the letter."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\1" + mth(entries[:k]) + mth(entries[k:])).digest()


def entries_of(size: int) -> list[bytes]:
    return [str(index).encode() for index in range(size)]


@pytest.mark.parametrize("size", REFERENCE_ROOTS)
def test_reference_roots(size: int) -> None:
    root = root_hash([leaf_hash(entry) for entry in REFERENCE[:size]])
    assert root.hex() == REFERENCE_ROOTS[size]


def test_empty_root() -> None:
    assert root_hash([]) == EMPTY_ROOT == hashlib.sha256().digest()


@pytest.mark.parametrize("size", [*range(40), 255, 256, 257, 300])
def test_root_is_the_definition(size: int) -> None:
    assert root_hash([leaf_hash(entry) for entry in entries_of(size)]) == mth(entries_of(size))


def test_root_agrees_with_pymerkle() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pymerkle = pytest.importorskip("pymerkle")
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for size, entry in enumerate(entries_of(130), 1):
        tree.append_entry(entry)
        assert tree.get_root() == root_hash([leaf_hash(each) for each in entries_of(size)])


@given(st.integers(1, 80), st.data())
def test_every_inclusion_proof_verifies(size: int, data: st.DataObject) -> None:
    entries = entries_of(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, 0, size, lambda lo, hi: mth(entries[lo:hi]))
    leaf, root = leaf_hash(entries[index]), mth(entries)
    assert verify_inclusion(leaf, index, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, [*proof, root], root)
    assert not verify_inclusion(leaf, size, size, proof, root)
    assert not proof or not verify_inclusion(leaf, index, size, proof[:-1], root)


@given(st.integers(0, 80), st.integers(0, 80))
def test_every_consistency_proof_verifies(first: int, second: int) -> None:
    old, new = sorted((first, second))
    entries = entries_of(new)
    proof = consistency_proof(old, new, lambda lo, hi: mth(entries[lo:hi]))
    roots = mth(entries[:old]), mth(entries)
    assert verify_consistency(old, new, *roots, proof)
    assert not verify_consistency(old, new, hashlib.sha256(b"fork").digest(), roots[1], proof)
    assert not verify_consistency(old, new, *roots, [*proof, roots[0]])
    assert not verify_consistency(new + 1, new, *roots, proof)
    if proof:
        assert not verify_consistency(old, new, *roots, proof[:-1])
        assert not verify_consistency(old, new, roots[0], hashlib.sha256(b"fork").digest(), proof)
