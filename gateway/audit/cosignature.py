"""Cosignatures (c2sp.org/tlog-cosignature): a witness's word that it saw a checkpoint, and when.

A witness looks only for consistency: it never signs two trees of which one does not extend the other.
Ed25519 cosignatures (``cosignature/v1``) only; those of ML-DSA-44 are ignored like any unknown key's.
"""

from dataclasses import dataclass

from gateway.audit.note import Signature, key_hash, parse_vkey, to_base64, verifies

TYPE = b"\x04"
"""Signature type of a timestamped Ed25519 checkpoint cosignature."""

_TIME = 8
_LATEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Witness:
    """A named public key that cosigns."""

    name: str
    """Name in the key, which need not be the one that a policy calls it by."""

    public: bytes

    @property
    def hash(self) -> bytes:
        """The key hash that its signature lines carry."""
        return key_hash(self.name, self.public, TYPE)

    @property
    def vkey(self) -> str:
        """The key in the signed-note verifier format."""
        return f"{self.name}+{self.hash.hex()}+{to_base64(TYPE + self.public)}"

    @classmethod
    def parse(cls, vkey: str) -> "Witness":
        """Read a vkey; raises NoteError unless name, hash and key agree."""
        return cls(*parse_vkey(vkey, TYPE))

    def signed_at(self, text: str, signature: Signature) -> int | None:
        """When this witness cosigned the checkpoint *text*: seconds since the Unix epoch.

        None when the signature is not its, or does not verify.
        """
        if (signature.name, signature.key_id) != (self.name, self.hash) or len(signature.raw) != _TIME + 64:
            return None
        at = int.from_bytes(signature.raw[:_TIME])
        right = at <= _LATEST and verifies(self.public, signature.raw[_TIME:], message(text, at))
        return at if right else None


def message(text: str, at: int) -> bytes:
    """What a witness signs: the checkpoint's text behind the time in seconds since the Unix epoch."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()
