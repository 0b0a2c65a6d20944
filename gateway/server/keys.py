"""The deployment's secret for keyed digests: commitments to bodies, hashes and placeholders of values."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.core.errors import ConfigError
from gateway.server.settings import Settings, secret

SIZE = 32


class DigestKey:
    """Keyed BLAKE2b (RFC 7693): without the key, a digest of a guessable text says nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def text(self, text: str) -> str:
        """32 hex digits for a text."""
        return self.body(text.encode("utf-8", "surrogatepass"))

    def body(self, body: bytes) -> str:
        """32 hex digits for a body."""
        return hashlib.blake2b(body, digest_size=16, key=self._key).hexdigest()

    def sealed(self, purpose: str, parts: Sequence[str]) -> bytes:
        """32 bytes for several texts: HMAC-SHA-256 (RFC 2104), under a key of its own for each purpose.

        Every part stands behind its length, so that no two lists of parts are one message.
        """
        key = hmac.digest(self._key, purpose.encode(), "sha256")
        encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
        return hmac.digest(key, b"".join(b"%d:%b" % (len(part), part) for part in encoded), "sha256")


def digest_key(settings: Settings, environment: Mapping[str, str]) -> DigestKey:
    """The key that settings name; else one in a file beside the log, if there is a log.

    Raises:
        ConfigError: it is no key, or the variable is not set.
    """
    variable = settings.server.digest_key_env
    if shared := secret(environment, variable, "server.digest_key_env"):
        return given(shared)
    if not settings.audit.enabled:
        return ephemeral()
    return load_or_create(settings.audit.keys / "digest.key")


def load_or_create(path: Path) -> DigestKey:
    """Read the key, or make one that only this user can read.

    The key appears under its name only when it is whole, so that workers may start together.

    Raises:
        ConfigError: there is a file of that name, and it is no key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _create(path)
    key = path.read_bytes()
    if len(key) != SIZE:  # an empty one would make the digests those of everybody
        raise ConfigError(f"{path}: not a key of {SIZE} bytes")
    return DigestKey(key)


def _create(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(SIZE))
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another worker was first
    finally:
        draft.unlink()


def given(text: str) -> DigestKey:
    """The key that an operator gives to all replicas: 64 hexadecimal digits.

    Raises:
        ConfigError: it is something else.
    """
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != SIZE:
        raise ConfigError(f"server.digest_key_env: not a key of {2 * SIZE} hexadecimal digits")
    return DigestKey(key)


def ephemeral() -> DigestKey:
    """A key that dies with the process."""
    return DigestKey(secrets.token_bytes(SIZE))
