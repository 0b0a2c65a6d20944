"""Signed notes (c2sp.org/signed-note): a text and the Ed25519 signatures under it.

A verifier key (*vkey*) is ``<name>+<key hash>+<base64 of 0x01 and the public key>``.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
"""Signature type of an Ed25519 note signature."""

_NAME = re.compile(r"[^\s+]+")
_DASH = "— "


class NoteError(ValueError):
    """A note or key that is malformed, or whose signature does not verify."""


def key_hash(name: str, public: bytes, kind: bytes = ED25519) -> bytes:
    """First four bytes of SHA-256(name ‖ LF ‖ type ‖ key)."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A named public key."""

    name: str
    public: bytes

    @property
    def hash(self) -> bytes:
        """The key hash that signature lines carry."""
        return key_hash(self.name, self.public)

    @property
    def vkey(self) -> str:
        """The key in the signed-note verifier format."""
        return f"{self.name}+{self.hash.hex()}+{to_base64(ED25519 + self.public)}"

    @classmethod
    def parse(cls, vkey: str) -> "Verifier":
        """Read a vkey; raises :class:`NoteError` unless name, hash and key agree."""
        return cls(*parse_vkey(vkey, ED25519))


def parse_vkey(vkey: str, kind: bytes) -> tuple[str, bytes]:
    """Name and public key of a vkey of one signature type; raises :class:`NoteError`."""
    name, _, rest = vkey.strip().partition("+")
    key_id, _, encoded = rest.partition("+")
    material = from_base64(encoded)
    if not is_name(name) or len(material) != 33 or material[:1] != kind:
        raise NoteError(f"not a verifier key of type 0x{kind.hex()} (Ed25519)")
    if key_hash(name, material[1:], kind).hex() != key_id:
        raise NoteError("the key hash does not match the key")
    return name, material[1:]


class Signature(NamedTuple):
    """One signature line of a note."""

    name: str
    key_id: bytes
    raw: bytes
    """The signature, of whatever type."""

    line: str
    """The line as it stands, without its newline."""


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """A signed note with one signature. The text must end in a newline."""
    if not text.endswith("\n") or not is_name(name):
        raise NoteError("a note ends in a newline and is signed by a name")
    line = key_hash(name, key.public_key().public_bytes_raw()) + key.sign(text.encode())
    return f"{text}\n{_DASH}{name} {to_base64(line)}\n"


def open_note(note: str, verifier: Verifier) -> str:
    """The text of a note that *verifier* signed.

    Signature lines of other keys are ignored, as the specification demands.

    Raises:
        NoteError: the note is malformed, unsigned by this key, or wrongly signed.
    """
    text, signatures = split_note(note)
    ours = [one.raw for one in signatures if (one.name, one.key_id) == (verifier.name, verifier.hash)]
    if len(ours) != 1:
        raise NoteError(f"no signature by {verifier.name}+{verifier.hash.hex()}")
    if not verifies(verifier.public, ours[0], text.encode()):
        raise NoteError("the signature does not verify")
    return text


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """True when the Ed25519 signature is the key's over the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def split_note(note: str) -> tuple[str, list[Signature]]:
    """A note's text and its signature lines, none of them verified. Raises :class:`NoteError`."""
    text, found, block = note.rpartition("\n\n")
    if not found or not block.endswith("\n"):
        raise NoteError("not a signed note")
    return text + "\n", split_signatures(block)


def split_signatures(block: str) -> list[Signature]:
    """The signature lines of a block that ends in a newline. Raises :class:`NoteError`."""
    return [split_signature(line) for line in block.removesuffix("\n").split("\n")]


def split_signature(line: str) -> Signature:
    """One signature line, without its newline. Raises :class:`NoteError`."""
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not is_name(name):
        _malformed()
    raw = from_base64(encoded)
    if len(raw) < 5:
        _malformed()
    return Signature(name, raw[:4], raw[4:], line)


def _malformed() -> NoReturn:
    raise NoteError("malformed signature line")


def is_name(name: str) -> bool:
    """A key name is not empty and has neither white space nor a plus sign."""
    return _NAME.fullmatch(name) is not None


def to_base64(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 section 4)."""
    return base64.b64encode(data).decode()


def from_base64(text: str) -> bytes:
    """Strict inverse of :func:`to_base64`: one byte string has one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteError("not base64") from error
    if to_base64(data) != text:
        raise NoteError("not canonical base64")
    return data
