"""The Merkle tree of RFC 6962 section 2.1 and RFC 9162 section 2.1, as pure functions.

Names follow the RFCs: *MTH* is the Merkle tree hash, ``D[lo:hi]`` a range of leaves.
"""

import hashlib
from collections.abc import Callable, Sequence

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""MTH of no leaves."""

Span = Callable[[int, int], bytes]
"""MTH(D[lo:hi]) of a log."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_hash(hashes: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes: pair neighbours level by level, an odd last one moves up."""
    level, sha256 = list(hashes), hashlib.sha256
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [sha256(b"\x01" + left + right).digest() for left, right in pairs] + odd
    return level[0] if level else EMPTY_ROOT


def split(size: int) -> int:
    """The largest power of two smaller than *size* (RFC 9162 section 2.1.1)."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(index: int, lo: int, hi: int, span: Span) -> list[bytes]:
    """PATH(index, D[lo:hi]) with *index* absolute (RFC 9162 section 2.1.3.1)."""
    if hi - lo == 1:
        return []
    middle = lo + split(hi - lo)
    if index < middle:
        return [*inclusion_proof(index, lo, middle, span), span(middle, hi)]
    return [*inclusion_proof(index, middle, hi, span), span(lo, middle)]


def consistency_proof(old: int, new: int, span: Span) -> list[bytes]:
    """PROOF(old, D[0:new]) (RFC 9162 section 2.1.4.1); empty when there is nothing to prove."""
    return _subproof(old, 0, new, span, whole=True) if 0 < old < new else []


def _subproof(old: int, lo: int, hi: int, span: Span, *, whole: bool) -> list[bytes]:
    if old == hi:
        return [] if whole else [span(lo, hi)]
    middle = lo + split(hi - lo)
    if old <= middle:
        return [*_subproof(old, lo, middle, span, whole=whole), span(middle, hi)]
    return [*_subproof(old, middle, hi, span, whole=False), span(lo, middle)]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """True when the proof leads from the leaf hash to the root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, result = index, size - 1, leaf
    for sibling in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            result = node_hash(sibling, result)
            fn, sn = _to_right_child(fn, sn)
        else:
            result = node_hash(result, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and result == root


def _to_right_child(fn: int, sn: int) -> tuple[int, int]:
    """Skip the levels on which the node is the unpaired last one."""
    while fn and not fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """True when the new tree extends the old one (RFC 9162 section 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        expected = EMPTY_ROOT if old == 0 else new_root
        return not proof and old_root == expected
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = _to_left_child(old - 1, new - 1)
    fr = sr = path[0]
    for sibling in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(sibling, fr), node_hash(sibling, sr)
            fn, sn = _to_right_child(fn, sn)
        else:
            sr = node_hash(sr, sibling)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root


def _to_left_child(fn: int, sn: int) -> tuple[int, int]:
    """Climb to the root of the last complete subtree of the old tree."""
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    return fn, sn
