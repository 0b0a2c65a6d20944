"""Trust policies, and cosignatures judged by them."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.cosignature import TYPE, Witness, message
from gateway.audit.keys import Signer
from gateway.audit.note import NoteError, key_hash, split_note, to_base64
from gateway.audit.trust import Trust, of_witnesses

LOG = Signer.generate("example.org/log")
KEYS = {name: Ed25519PrivateKey.generate() for name in ("w1", "w2", "w3")}
WITNESSES = {
    name: Witness(f"{name}.example", key.public_key().public_bytes_raw()) for name, key in KEYS.items()
}
SIGNED = LOG.sign(Checkpoint(LOG.name, 7, bytes(32)).text)
HEAD = f"log {LOG.vkey}\n" + "".join(f"witness {name} {one.vkey}\n" for name, one in WITNESSES.items())


def cosignature(name: str, signed: str, at: int) -> str:
    text = split_note(signed)[0]
    raw = WITNESSES[name].hash + at.to_bytes(8) + KEYS[name].sign(message(text, at))
    return f"— {WITNESSES[name].name} {to_base64(raw)}\n"


def test_the_published_example_of_a_key_id() -> None:
    """The specification's definition, spelled out: name, newline, type 4, key."""
    witness = WITNESSES["w1"]
    assert witness.hash == key_hash("w1.example", witness.public, b"\x04")
    assert Witness.parse(witness.vkey) == witness
    with pytest.raises(NoteError):
        Witness.parse(LOG.vkey)
    with pytest.raises(NoteError):
        Witness.parse(witness.vkey.replace("w1.example", "w2.example"))
    assert TYPE == b"\x04"


def test_cosignatures_are_found_and_dated() -> None:
    trust = Trust.parse(HEAD + "quorum none\n")
    signed = SIGNED + cosignature("w1", SIGNED, 1000) + cosignature("w3", SIGNED, 2000)
    assert trust.cosigned(signed) == {"w1": 1000, "w3": 2000}
    assert trust.cosigned(SIGNED) == {}


def test_a_cosignature_counts_for_its_checkpoint_only() -> None:
    other = LOG.sign(Checkpoint(LOG.name, 8, bytes(32)).text)
    trust = Trust.parse(HEAD + "quorum none\n")
    assert trust.cosigned(other + cosignature("w1", SIGNED, 1000)) == {}


@given(st.sampled_from(range(80)))
def test_a_flipped_bit_is_no_cosignature(at: int) -> None:
    name, line = "w2", cosignature("w2", SIGNED, 1000)
    signature = split_note(SIGNED + line)[1][-1]
    raw = bytearray(signature.key_id + signature.raw)
    raw[at % len(raw)] ^= 1 << at % 8
    changed = f"— {WITNESSES[name].name} {to_base64(bytes(raw))}\n"
    assert Trust.parse(HEAD + "quorum none\n").cosigned(SIGNED + changed) == {}


@pytest.mark.parametrize(
    ("rest", "cosigned", "met"),
    [
        ("quorum none", "", True),
        ("quorum w1", "", False),
        ("quorum w1", "w2", False),
        ("quorum w1", "w1", True),
        ("group g 2 w1 w2 w3\nquorum g", "w1", False),
        ("group g 2 w1 w2 w3\nquorum g", "w1 w3", True),
        ("group g any w1 w2\nquorum g", "w2", True),
        ("group g all w1 w2\nquorum g", "w2", False),
        ("group g any w1 w2\ngroup h all g w3\nquorum h", "w1 w2", False),
        ("group g any w1 w2\ngroup h all g w3\nquorum h", "w2 w3", True),
    ],
)
def test_the_quorum(rest: str, cosigned: str, met: bool) -> None:
    trust = Trust.parse(f"# comment\n\n \t\n{HEAD}{rest}\n")
    assert trust.met(cosigned.split()) is met
    assert Trust.parse(trust.text) == trust


@pytest.mark.parametrize(
    ("rest", "complaint"),
    [
        ("", "no quorum"),
        ("quorum w4", "w4 is not defined above"),
        ("quorum none\nquorum none", "line 6: a second quorum"),
        ("group g any none\nquorum g", "none is not defined above"),
        ("group g 3 w1 w2\nquorum g", "3 of 2 members"),
        ("group g 0 w1\nquorum g", "0 of 1 members"),
        ("group g 1 w1 w1\nquorum g", "a member already"),
        ("group g 1 w1\ngroup h 1 w1\nquorum h", "a member already"),
        ("group g any\nquorum g", "not a line"),
        ("group w1 any w2\nquorum w1", "w1 is taken"),
        (f"witness w4 {WITNESSES['w1'].vkey}\nquorum w4", "the same witness twice"),
        (f"log {LOG.vkey} https://log.example/\nquorum none", "the same log twice"),
        ("witness w4 nonsense\nquorum w4", "line 5"),
        ("quorum\x0bnone", "control character"),
        ("trust me", "not a line"),
    ],
    ids=range(15),  # keys are made anew for each run: names of cases must not hold them
)
def test_a_wrong_policy_is_refused_by_line(rest: str, complaint: str) -> None:
    with pytest.raises(NoteError, match=complaint):
        Trust.parse(f"{HEAD}{rest}\n")


def test_a_policy_of_ones_own() -> None:
    trust = of_witnesses(LOG.verifier, WITNESSES, 2)
    assert Trust.parse(trust.text) == trust
    assert trust.met({"w1", "w2"})
    assert not trust.met({"w2"})
    assert of_witnesses(LOG.verifier, {}, 0).met(())
