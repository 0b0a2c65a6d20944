"""Signatures of bundles, as OPA makes and checks them: one JSON Web Signature over the hashes of all files.

``.signatures.json`` holds ``{"signatures": [<compact JWS>]}``, whose payload lists ``files`` with ``name``,
``hash`` and ``algorithm``. What is not listed is not signed, so nothing of it may be there.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import jwt
import orjson
from jwt.api_jws import PyJWS

from gateway.policy.contents import SIGNATURES, BundleError, Contents
from gateway.policy.hashing import ALGORITHMS, file_hash
from gateway.policy.keyring import Keyring, Private, algorithm_of

_JWS: Final = PyJWS()
_PLUGINS: Final = ("", "_default")
"""OPA can leave signing to a plugin; its default calls itself so."""


def now_ms() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Trust:
    """Which bundles may be put in force."""

    ring: Keyring
    required: bool = True
    """False: a bundle without a signature passes; a wrong signature never does."""

    clock: Callable[[], int] = now_ms

    def admit(self, held: Contents) -> Contents:
        """The contents with the id of the key that vouches for them, or :class:`BundleError`."""
        if held.signatures is not None:
            return verify(held, self.ring, self.clock())
        if self.required:
            raise _refused("unsigned", "the bundle is not signed, and only signed ones are accepted")
        return held


def sign(files: Mapping[str, bytes], key: Private, key_id: str, scope: str = "") -> bytes:
    """The content of ``.signatures.json`` for these files.

    Args:
        files: everything in the bundle; the signatures themselves are passed over.
        key: what signs. Ed25519 gives the same bytes each time, ECDSA does not.
        key_id: the name under which verifiers know the key.
        scope: what the signature is for, where verifiers ask for it.

    Raises:
        BundleError: a data document is not JSON.
    """
    listed = [
        {"name": name, "hash": file_hash(name, body), "algorithm": "SHA-256"}
        for name, body in sorted(files.items())
        if name != SIGNATURES
    ]
    payload: dict[str, object] = {"files": listed, "keyid": key_id}
    if scope:
        payload["scope"] = scope
    token = _JWS.encode(orjson.dumps(payload), key, algorithm_of(key), headers={"kid": key_id})
    return orjson.dumps({"signatures": [token]}, option=orjson.OPT_INDENT_2) + b"\n"


def verify(held: Contents, ring: Keyring, now: int) -> Contents:
    """The contents with :attr:`Contents.key` set, or :class:`BundleError`, whose ``rule`` says what is wrong.

    Args:
        held: the bundle's files and signatures.
        ring: the keys that count.
        now: milliseconds since the Unix epoch.
    """
    token = _token(held.signatures)
    header, claims = _read(token)
    key = ring.valid(_key_id(header, claims), now)
    if header.get("alg") != key.algorithm or "crit" in header:
        message = f"the key {key.id!r} is for {key.algorithm}, the signature says {header.get('alg')!r}"
        raise _refused("algorithm", message)
    try:
        _JWS.decode_complete(token, key.public, algorithms=[key.algorithm])
    except jwt.PyJWTError:
        raise _refused("signature_wrong", f"the key {key.id!r} did not make this signature") from None
    if claims.get("scope", "") != key.scope:
        raise _refused("scope", f"signed for {claims.get('scope', '')!r}, wanted for {key.scope!r}")
    _check_times(claims, now, ring.skew_ms)
    _compare(held.files, _listed(claims))
    return replace(held, key=key.id)


def _refused(rule: str, message: str) -> BundleError:
    return BundleError(SIGNATURES, 1, rule, message)


def _token(signatures: bytes | None) -> str:
    if signatures is None:
        raise _refused("unsigned", "the bundle is not signed")
    try:
        value = orjson.loads(signatures)
    except orjson.JSONDecodeError:
        value = None
    usual = isinstance(value, dict) and value.get("plugin", "") in _PLUGINS
    tokens = value.get("signatures") if usual else None
    if not isinstance(tokens, list) or len(tokens) != 1 or not isinstance(tokens[0], str):
        raise _refused("signature_malformed", "the file must hold exactly one signature, of no plugin")
    return tokens[0]


def _read(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and payload, believed by nobody yet."""
    try:
        read = _JWS.decode_complete(token, options={"verify_signature": False})
        claims = orjson.loads(read["payload"])
    except (jwt.PyJWTError, ValueError):
        raise _refused("signature_malformed", "this is not a JSON Web Signature") from None
    if not isinstance(claims, dict):
        raise _refused("signature_malformed", "the payload must be an object")
    return read["header"], claims


def _key_id(header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """The key's id; OPA writes it into the header, or, as it once did, into the payload."""
    named = {found for found in (header.get("kid"), claims.get("keyid")) if found}
    if len(named) != 1 or not isinstance(key_id := named.pop(), str):
        raise _refused("key_id", "the signature must name one key, as `kid` or `keyid`")
    return key_id


def _check_times(claims: Mapping[str, Any], now: int, skew: int) -> None:
    """Claims about time are not asked for, but those that are there hold."""
    for claim in ("iat", "nbf", "exp"):
        if not isinstance(claims.get(claim, 0), int | float):
            raise _refused("signature_malformed", f"`{claim}` must be a number of seconds")
    if max(claims.get("iat", 0), claims.get("nbf", 0)) * 1000 > now + skew:
        raise _refused("signature_not_yet_valid", "the signature is from the future: compare the clocks")
    if "exp" in claims and claims["exp"] * 1000 < now - skew:
        raise _refused("signature_expired", "the signature is not valid any more")


def _listed(claims: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Hash and algorithm of every signed file."""
    listed: dict[str, tuple[str, str]] = {}
    entries = claims.get("files")
    for entry in entries if isinstance(entries, list) else [None]:
        if not isinstance(entry, dict) or not all(
            isinstance(entry.get(key), str) for key in ("name", "hash", "algorithm")
        ):
            raise _refused("signature_malformed", "each of `files` has `name`, `hash` and `algorithm`")
        if entry["algorithm"] not in ALGORITHMS:
            raise _refused("hash_algorithm", f"{entry['algorithm']!r} is none of {', '.join(ALGORITHMS)}")
        if entry["name"] in listed:
            raise _refused("signature_malformed", f"`{entry['name']}` is listed twice")
        listed[entry["name"]] = (entry["hash"], entry["algorithm"])
    return listed


def _compare(files: Mapping[str, bytes], listed: Mapping[str, tuple[str, str]]) -> None:
    for name, body in files.items():
        if name not in listed:
            raise BundleError(name, 1, "file_not_signed", "the signature does not list this file")
        digest, algorithm = listed[name]
        if file_hash(name, body, algorithm) != digest.lower():
            raise BundleError(name, 1, "file_changed", "the content is not what was signed")
    if missing := sorted(listed.keys() - files.keys()):
        raise BundleError(missing[0], 1, "file_missing", "this file was signed, and is not in the bundle")
