"""The deployment's secret for keyed digests: commitments to bodies, redaction by hash."""

import hashlib
import os
import secrets
from pathlib import Path

from gateway.core.errors import ConfigError

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


def ephemeral() -> DigestKey:
    """A key that dies with the process."""
    return DigestKey(secrets.token_bytes(SIZE))
