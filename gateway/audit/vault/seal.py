"""Sealing: a body becomes a ciphertext, and back. Pure functions; the keys come from outside.

A ciphertext file, all numbers big-endian::

    "LXVAULT1" | length (4) | header | length (2) | wrapped data key | nonce (12) | AES-256-GCM with tag

The header, canonical JSON, says what is inside: exchange, phase, tenant, time, key. Everything up to its end
is the additional data of both encryptions, so no ciphertext can pass for another exchange's or phase's.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.audit.canonical import decode, encode
from gateway.audit.vault.faults import Altered

MAGIC = b"LXVAULT1"
KEY_SIZE = 32
NONCE_SIZE = 12

Header = Mapping[str, Any]

_COMMIT = b"lictor/vault/commit/v1\x00"
_IDENTITY = b"lictor/vault/key-id/v1"


class Key(Protocol):
    """A key-encryption key. It may live in another machine; only its answers come here."""

    @property
    def id(self) -> str:
        """A name that says nothing about the key or its holder."""

    def wrap(self, data_key: bytes, about: bytes) -> bytes:
        """The data key, encrypted and bound to *about*."""

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        """Inverse of :meth:`wrap`; raises :class:`Altered`."""

    def derive(self, purpose: bytes) -> bytes:
        """A key of 32 bytes for one purpose."""


class LocalKey:
    """A key-encryption key in this process's memory, for as long as it is used."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.id = self.derive(_IDENTITY)[:16].hex()

    def wrap(self, data_key: bytes, about: bytes) -> bytes:
        """AES-256-GCM under a fresh nonce, which stands in front."""
        return _encrypted(self._secret, data_key, about)

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes:
        """Inverse of :meth:`wrap`; raises :class:`Altered`."""
        return _decrypted(self._secret, wrapped, about)

    def derive(self, purpose: bytes) -> bytes:
        """HKDF-SHA-256 (RFC 5869) without salt."""
        return HKDF(hashes.SHA256(), KEY_SIZE, salt=None, info=purpose).derive(self._secret)


def seal(key: Key, header: Header, body: bytes) -> bytes:
    """The ciphertext file of a body, under a data key of its own."""
    head = encode(header)
    about = MAGIC + len(head).to_bytes(4) + head
    data_key = secrets.token_bytes(KEY_SIZE)
    wrapped = key.wrap(data_key, about)
    return about + len(wrapped).to_bytes(2) + wrapped + _encrypted(data_key, body, about)


def unseal(key: Key, data: bytes) -> tuple[Header, bytes]:
    """Header and body of a ciphertext file. Raises :class:`Altered`."""
    header, about = opened(data)
    start = len(about) + 2
    end = start + int.from_bytes(data[start - 2 : start])
    data_key = key.unwrap(data[start:end], about)
    return header, _decrypted(data_key, data[end:], about)


def opened(data: bytes) -> tuple[Header, bytes]:
    """The header of a ciphertext file, unauthenticated, and the bytes up to its end. Raises Altered."""
    start = len(MAGIC) + 4
    end = start + int.from_bytes(data[len(MAGIC) : start])
    if not data.startswith(MAGIC) or len(data) < end:
        raise Altered("not a file of the vault")
    try:
        return decode(data[start:end]), data[:end]
    except ValueError as error:
        raise Altered(f"the header of a file of the vault is damaged: {error}") from None


def digest(data: bytes) -> str:
    """The name of a ciphertext: SHA-256, 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def commitment(key: Key, record: str, body: bytes) -> str:
    """HMAC-SHA-256 of a body under a key for this record alone, 64 hex digits: once the holder's key is
    gone, nobody can test a guess."""
    return hmac.digest(key.derive(_COMMIT + record.encode()), body, "sha256").hex()


def _encrypted(secret: bytes, plain: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_SIZE)
    return nonce + AESGCM(secret).encrypt(nonce, plain, about)


def _decrypted(secret: bytes, data: bytes, about: bytes) -> bytes:
    try:
        return AESGCM(secret).decrypt(data[:NONCE_SIZE], data[NONCE_SIZE:], about)
    except (InvalidTag, ValueError):
        raise Altered("a file of the vault was altered, or is not of what it is said to be") from None
