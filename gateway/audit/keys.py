"""The log's signing key: an Ed25519 key in the signed-note encoding, in a file of its own."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit import note
from gateway.core.errors import ConfigError

_PREFIX = "PRIVATE+KEY+"


class Signer:
    """A named private key. The name is the log's origin, as tlog-checkpoint recommends."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        if not note.is_name(name):
            raise ConfigError(f"{name!r} cannot name a key: no white space, no plus sign")
        self.name = name
        self._key = key

    @property
    def verifier(self) -> note.Verifier:
        """The public half."""
        return note.Verifier(self.name, self._key.public_key().public_bytes_raw())

    @property
    def vkey(self) -> str:
        """The public half in the signed-note verifier format."""
        return self.verifier.vkey

    def sign(self, text: str) -> str:
        """A signed note of the text."""
        return note.sign(text, self.name, self._key)

    def named(self, name: str) -> "Signer":
        """The same key under another name."""
        return Signer(name, self._key)

    @classmethod
    def generate(cls, name: str) -> "Signer":
        """A new key."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, secret: str) -> "Signer":
        """Read ``PRIVATE+KEY+<name>+<hash>+<base64>``. Raises ConfigError, without the secret."""
        name, _, rest = secret.strip().removeprefix(_PREFIX).partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            material = note.from_base64(encoded)
        except note.NoteError:
            material = b""
        if len(material) != 33 or material[:1] != note.ED25519:
            raise ConfigError("the log key is not an Ed25519 key in the signed-note encoding")
        signer = cls(name, Ed25519PrivateKey.from_private_bytes(material[1:]))
        if signer.verifier.hash.hex() != key_id:
            raise ConfigError("the log key's hash does not match its name and key")
        return signer

    def secret(self) -> str:
        """The private key in the signed-note encoding. Handle with care."""
        material = note.to_base64(note.ED25519 + self._key.private_bytes_raw())
        return f"{_PREFIX}{self.name}+{self.verifier.hash.hex()}+{material}"

    @classmethod
    def load_or_create(cls, path: Path, origin: str = "lictor") -> "Signer":
        """The key in *path*; on first use a new one is made there, readable by its owner only.

        The public half is written beside it, as ``<path>.vkey``. Processes that start together
        agree on one key.

        Raises:
            ConfigError: the file holds no key, cannot be read, or others may read it.
        """
        try:
            if not path.exists():
                _create(path, cls.generate(origin).secret())
            signer = cls._load(path)
            _write_beside(path, signer.vkey + "\n")
        except OSError as error:
            raise ConfigError(f"log key {path}: {error.strerror}") from error
        return signer

    @classmethod
    def _load(cls, path: Path) -> "Signer":
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"log key {path}: others may read it; chmod 600")
        return cls.parse(path.read_text())


def _write_beside(path: Path, vkey: str) -> None:
    beside = path.with_name(path.name + ".vkey")
    if not beside.exists() or beside.read_text() != vkey:
        beside.write_text(vkey)


def _create(path: Path, secret: str) -> None:
    """Whole or not at all, and never over another process's key: link refuses to replace."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(temporary, path)
    temporary.unlink()
