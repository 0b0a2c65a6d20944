"""Signed notes against the Go implementation's published example, and strict parsing."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.keys import Signer
from gateway.audit.note import NoteError, Verifier, from_base64, open_note, sign

# From the package documentation of golang.org/x/mod/sumdb/note.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SKEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
SIGNED = f"{TEXT}\n— PeterNeumann {SIGNATURE}\n"
GO_SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


def test_the_published_example_opens_and_is_reproduced() -> None:
    assert open_note(SIGNED, Verifier.parse(VKEY)) == TEXT
    signer = Signer.parse(SKEY)
    assert (signer.vkey, signer.secret(), signer.sign(TEXT)) == (VKEY, SKEY, SIGNED)


def test_a_public_logs_key_parses() -> None:
    assert Verifier.parse(GO_SUMDB).vkey == GO_SUMDB


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "x",
        VKEY.replace("c74f20a3", "c74f20a4"),
        VKEY[:-1],
        VKEY.replace("Peter", "Pet er"),
        VKEY.replace("+AR", "+BR"),
    ],
)
def test_bad_keys(vkey: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(vkey)


def test_signatures_of_strangers_are_ignored() -> None:
    stranger = sign(TEXT, "witness", Ed25519PrivateKey.generate()).rpartition("\n\n")[2]
    assert open_note(SIGNED + stranger, Verifier.parse(VKEY)) == TEXT
    with pytest.raises(NoteError, match="no signature by"):
        open_note(f"{TEXT}\n{stranger}", Verifier.parse(VKEY))


@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    raw = bytearray(SIGNED.encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(NoteError):
        open_note(raw.decode("utf-8", "replace"), Verifier.parse(VKEY))


@pytest.mark.parametrize("text", ["AA", "AB==", "AA==\n", " AA==", "A-A=", "é"])
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(NoteError):
        from_base64(text)


def test_notes_and_names_that_cannot_be_signed() -> None:
    key = Ed25519PrivateKey.generate()
    with pytest.raises(NoteError):
        sign("no newline", "name", key)
    with pytest.raises(NoteError):
        sign("text\n", "two words", key)


def test_checkpoints_round_trip() -> None:
    signer = Signer.generate("example.org/log")
    checkpoint = Checkpoint(signer.name, 7, bytes(range(32)))
    signed = signer.sign(checkpoint.text)
    assert Checkpoint.open(signed, signer.verifier) == Checkpoint.parse_unverified(signed) == checkpoint
    other = signer.sign(Checkpoint("example.org/other", 7, bytes(32)).text)
    with pytest.raises(NoteError, match="origin"):
        Checkpoint.open(other, signer.verifier)


@pytest.mark.parametrize(
    "text", ["", "a\n", "a\n01\nAA==\n", "a\n-1\nAA==\n", "a\n1\nAA==\n", "\n1\nAA==\n", "a\n1\nAA=="]
)
def test_bad_checkpoints(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)
