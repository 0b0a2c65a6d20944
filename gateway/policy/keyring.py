"""Keys that sign bundles, and the ring of those whose signatures count.

Ed25519 (``EdDSA``) and ECDSA on P-256 (``ES256``), in PEM as OpenSSL writes them. The algorithm belongs to
the key, never to what a signature says of itself.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.core.errors import ConfigError
from gateway.policy.contents import SIGNATURES, BundleError

Algorithm: TypeAlias = Literal["EdDSA", "ES256"]
Public: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
Private: TypeAlias = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey

DEFAULT_SKEW_MS = 300_000


@dataclass(frozen=True, slots=True)
class Key:
    """A public key whose signatures count, and when."""

    id: str
    public: Public = field(repr=False)
    scope: str = ""
    """What its signatures must be for; they say so themselves."""

    not_before_ms: int | None = None
    """Milliseconds since the Unix epoch; no limit where it is None."""

    not_after_ms: int | None = None

    @property
    def algorithm(self) -> Algorithm:
        """What it signs with."""
        return algorithm_of(self.public)


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by id. Several may be valid at once, so that one can be replaced by the next."""

    keys: Mapping[str, Key]
    skew_ms: int = DEFAULT_SKEW_MS
    """How far clocks may be apart: windows are wider by this much on both sides."""

    @classmethod
    def of(cls, keys: Iterable[Key], skew_ms: int = DEFAULT_SKEW_MS) -> "Keyring":
        """A ring of these keys. Raises ConfigError when two have one id."""
        ring: dict[str, Key] = {}
        for key in keys:
            if ring.setdefault(key.id, key) is not key:
                raise ConfigError(f"two keys have the id {key.id!r}")
        return cls(ring, skew_ms)

    def valid(self, key_id: str, now_ms: int) -> Key:
        """The key of this id.

        Raises:
            BundleError: ``key_unknown``, ``key_not_yet_valid`` or ``key_expired``.
        """
        key = self.keys.get(key_id)
        if key is None:
            raise BundleError(SIGNATURES, 1, "key_unknown", f"the keyring has no key {key_id!r}")
        if key.not_before_ms is not None and now_ms < key.not_before_ms - self.skew_ms:
            raise BundleError(SIGNATURES, 1, "key_not_yet_valid", f"the key {key_id!r} is not valid yet")
        if key.not_after_ms is not None and now_ms > key.not_after_ms + self.skew_ms:
            raise BundleError(SIGNATURES, 1, "key_expired", f"the key {key_id!r} is not valid any more")
        return key


def algorithm_of(key: Public | Private) -> Algorithm:
    """What this key signs with."""
    return "EdDSA" if isinstance(key, ed25519.Ed25519PublicKey | ed25519.Ed25519PrivateKey) else "ES256"


def generate(algorithm: Algorithm) -> Private:
    """A new key."""
    return (
        ed25519.Ed25519PrivateKey.generate()
        if algorithm == "EdDSA"
        else ec.generate_private_key(ec.SECP256R1())
    )


def parse_public(pem: bytes, where: str) -> Public:
    """Read a public key. Raises ConfigError, which names ``where`` it was."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError(f"{where}: not a public key in PEM") from None
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ConfigError(f"{where}: the key is neither Ed25519 nor ECDSA on P-256")


def parse_private(pem: bytes, where: str) -> Private:
    """Read a private key without a passphrase. Raises ConfigError without a word of the key."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError(f"{where}: not a private key in PEM without a passphrase") from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ConfigError(f"{where}: the key is neither Ed25519 nor ECDSA on P-256")


def read_private(path: Path) -> Private:
    """The private key in a file that its owner alone can read. Raises ConfigError."""
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"{path}: others may read this key; chmod 600")
        return parse_private(path.read_bytes(), str(path))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None


def write_pair(path: Path, key: Private) -> Path:
    """Write the private key, readable by its owner only, and ``<path>.pub`` beside it; never over a file.

    Raises:
        ConfigError: one of the two exists, or cannot be written.
    """
    public = path.with_name(path.name + ".pub")
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for file, mode, content in ((path, 0o600, secret), (public, 0o644, public_pem(key.public_key()))):
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except OSError as error:
            raise ConfigError(f"{file}: {error.strerror}") from None
        with os.fdopen(descriptor, "wb") as out:
            out.write(content)
    return public


def public_pem(key: Public) -> bytes:
    """The key as OpenSSL and OPA write it."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: Public) -> str:
    """16 hexadecimal digits that name a key where nobody chose an id."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]
