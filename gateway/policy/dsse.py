"""DSSE envelopes: a payload, its type, and signatures over both (Dead Simple Signing Envelope, 1.0.2).

What is signed is ``DSSEv1``, the type and the payload, each behind its length (``PAE``), so that nobody can
take one for the other. Ed25519 signs as it is; ECDSA on P-256 signs with SHA-256; its signature is in DER.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from gateway.core.errors import ConfigError
from gateway.policy.contents import BundleError
from gateway.policy.keyring import Keyring, Private, Public

IN_TOTO: Final = "application/vnd.in-toto+json"
MAX_BYTES: Final = 4 * 1024 * 1024
_BARE: Final = 64
_ECDSA: Final = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope as it was read; believed by nobody yet."""

    kind: str
    """The payload's type."""

    payload: bytes = field(repr=False)
    signatures: tuple[tuple[str, bytes], ...] = field(repr=False)
    """Key id, which may be empty, and signature."""


def pae(kind: str, payload: bytes) -> bytes:
    """The bytes that are signed."""
    name = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)


def sign(payload: bytes, key: Private, key_id: str, kind: str = IN_TOTO) -> bytes:
    """An envelope in one line of JSON, without the line's end."""
    body = pae(kind, payload)
    signature = key.sign(body) if isinstance(key, ed25519.Ed25519PrivateKey) else key.sign(body, _ECDSA)
    return orjson.dumps({
        "payloadType": kind,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [{"keyid": key_id, "sig": base64.b64encode(signature).decode()}],
    })  # fmt: skip


def parse(line: bytes, where: str) -> Envelope:
    """Read an envelope.

    Raises:
        ConfigError: it is none; ``where`` names it.
    """
    try:
        raw: Any = orjson.loads(line) if len(line) <= MAX_BYTES else None
        signatures = tuple(_signature(one) for one in raw["signatures"])
        return Envelope(_text(raw["payloadType"]), _decoded(raw["payload"]), signatures)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ConfigError(f"{where}: this is no DSSE envelope") from None


def signers(envelope: Envelope, ring: Keyring, now_ms: int) -> tuple[str, ...]:
    """Ids of the keys of the ring that are valid now and made one of the signatures, sorted.

    A key id in an envelope is a hint: it chooses the key to try, and proves nothing.
    """
    body = pae(envelope.kind, envelope.payload)
    found = {
        key_id
        for named, signature in envelope.signatures
        for key_id, public in _candidates(ring, named, now_ms)
        if _made(public, signature, body)
    }
    return tuple(sorted(found))


def _candidates(ring: Keyring, named: str, now_ms: int) -> Iterator[tuple[str, Public]]:
    for key_id in [named] if named else sorted(ring.keys):
        try:
            yield key_id, ring.valid(key_id, now_ms).public
        except BundleError:
            continue


def _made(public: Public, signature: bytes, body: bytes) -> bool:
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, body)
        else:
            public.verify(_der(signature), body, _ECDSA)
    except InvalidSignature:
        return False
    return True


def _der(signature: bytes) -> bytes:
    """An ECDSA signature in DER. The specification's example has both numbers bare, tools write DER."""
    half = len(signature) // 2
    if len(signature) != _BARE or signature[:2] == b"\x30%c" % (_BARE - 2):
        return signature
    return encode_dss_signature(*(int.from_bytes(part) for part in (signature[:half], signature[half:])))


def _signature(raw: Mapping[str, object]) -> tuple[str, bytes]:
    return _text(raw.get("keyid") or ""), _decoded(raw["sig"])


def _decoded(text: object) -> bytes:
    """Base64, in the usual alphabet or in the one for URLs: readers have to take both."""
    return base64.b64decode(_text(text).replace("-", "+").replace("_", "/"), validate=True)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
