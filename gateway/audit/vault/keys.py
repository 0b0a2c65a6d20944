"""The key store: one key for each holder, in a folder apart from what it opens.

::

    <keys>/secret            key of the names below; without it nobody can look for a person
    <keys>/holders/<name>    id of the holder's key; the name is a keyed digest of the holder
    <keys>/keys/<id>         the key, 32 bytes; the id is derived from it
    <keys>/erasing/<id>      an erasure that is under way

Everything is readable by its owner only. Back it up apart from the vault and for a short time: what a backup
holds is not erased. A key management service takes the place of this folder behind :class:`Keys`.
"""

import hmac
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from gateway.audit.files import make_directories, publish
from gateway.audit.vault.disk import Disk, locked
from gateway.audit.vault.faults import NoKey, VaultFault
from gateway.audit.vault.holder import Holder
from gateway.audit.vault.seal import KEY_SIZE, Key, LocalKey
from gateway.core.errors import ConfigError

_TRIES = 5
"""How often a key is made for a holder who is erased again and again."""


class Slot(NamedTuple):
    """Where a holder's key is."""

    name: str
    """The holder, as a keyed digest."""

    key: str
    """Id of the key."""


class Keys(Protocol):
    """What the vault needs of a key store: the seam for a key management service."""

    def obtain(self, holder: Holder) -> Key:
        """The holder's key; made when there is none. Raises VaultFault."""

    def open(self, key: str) -> Key:
        """A key by its id. Raises NoKey."""

    def find(self, holder: Holder) -> Slot | None:
        """Where the holder's key is; None where there is none."""

    def announce(self, slot: Slot, record: bytes) -> None:
        """Make it durable that a key is to be destroyed, and what is then to be recorded."""

    def announced(self) -> Iterator[tuple[Slot, bytes]]:
        """Erasures that are under way, or were when something broke."""

    def destroy(self, slot: Slot) -> None:
        """The key is gone for ever on return."""

    def settle(self, slot: Slot) -> None:
        """The erasure is no longer under way."""


class FileKeys:
    """A key store in a folder."""

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        """Open it; an empty one is made where there is none.

        Raises:
            ConfigError: others than its owner may read it, or it is damaged.
            OSError: the disk fails.
        """
        self._disk = disk or Disk()
        self._folder = folder
        self._holders, self._keys, self._erasing = (folder / n for n in ("holders", "keys", "erasing"))
        for path in (self._holders, self._keys, self._erasing):
            make_directories(self._disk, path)
        if folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(f"vault.keys {folder}: others may read it; chmod 700")
        self._secret = self._load_secret()

    @property
    def lock(self) -> Path:
        """Locked by whoever erases."""
        return self._folder / "erasing.lock"

    def obtain(self, holder: Holder) -> Key:
        """The holder's key; made when there is none."""
        for _ in range(_TRIES):
            slot = self.find(holder)
            with suppress(NoKey):
                return self.open(slot.key if slot else "none")
            self._make(holder)
        raise VaultFault("a key of the vault vanishes as soon as it is made")

    def open(self, key: str) -> LocalKey:
        """A key by its id. Raises NoKey, also for one that is half destroyed."""
        try:
            found = LocalKey((self._keys / key).read_bytes())
        except FileNotFoundError:
            raise NoKey(f"no key {key}") from None
        if found.id != key:
            raise NoKey(f"no key {key}: its file holds something else")
        return found

    def find(self, holder: Holder) -> Slot | None:
        """Where the holder's key is; None where there is none."""
        name = hmac.digest(self._secret, holder.name, "sha256").hex()
        try:
            return Slot(name, (self._holders / name).read_text())
        except FileNotFoundError:
            return None

    # -- erasure ---------------------------------------------------------------------------------

    def announce(self, slot: Slot, record: bytes) -> None:
        """Make it durable that a key is to be destroyed, and what is then to be recorded."""
        publish(self._disk, {self._erasing / slot.key: slot.name.encode() + b"\n" + record})

    def announced(self) -> Iterator[tuple[Slot, bytes]]:
        """Erasures that are under way, or were when something broke."""
        for path in sorted(self._erasing.iterdir()):
            if not path.suffix:
                name, _, record = path.read_bytes().partition(b"\n")
                yield Slot(name.decode(), path.name), record

    def destroy(self, slot: Slot) -> None:
        """Overwrite the key, remove it, and then its holder's name. May be done again."""
        path = self._keys / slot.key
        with locked(self._folder / "lock"):
            if path.exists():
                self._disk.overwrite(path, secrets.token_bytes(KEY_SIZE))
                self._disk.unlink(path)
            self._disk.sync_directory(self._keys)
            self._forget(slot)

    def settle(self, slot: Slot) -> None:
        """The erasure is no longer under way."""
        self._disk.unlink(self._erasing / slot.key)
        self._disk.sync_directory(self._erasing)

    # -- making ----------------------------------------------------------------------------------

    def _make(self, holder: Holder) -> None:
        """A fresh key for a holder, unless another worker was first."""
        with locked(self._folder / "lock"):
            slot = self.find(holder)
            if slot and self._intact(slot.key):
                return
            if slot:
                self._forget(slot)
            secret = secrets.token_bytes(KEY_SIZE)
            key = LocalKey(secret).id
            name = hmac.digest(self._secret, holder.name, "sha256").hex()
            publish(self._disk, {self._keys / key: secret})
            publish(self._disk, {self._holders / name: key.encode()})

    def _intact(self, key: str) -> bool:
        try:
            self.open(key)
        except NoKey:
            return False
        return True

    def _forget(self, slot: Slot) -> None:
        """Remove a holder's name, if it still stands for this key."""
        path = self._holders / slot.name
        with suppress(FileNotFoundError):
            if path.read_text() == slot.key:
                self._disk.unlink(path)
                self._disk.sync_directory(self._holders)

    def _load_secret(self) -> bytes:
        path = self._folder / "secret"
        with locked(self._folder / "lock"):
            if not path.exists():
                if any(self._holders.iterdir()):
                    raise ConfigError(f"{path}: missing, though there are keys; bring it back")
                publish(self._disk, {path: secrets.token_bytes(KEY_SIZE)})
        secret = path.read_bytes()
        if len(secret) != KEY_SIZE:
            raise ConfigError(f"{path}: not a key of {KEY_SIZE} bytes")
        return secret
