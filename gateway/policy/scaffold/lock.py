"""``packs.lock.json``: which shipped files a bundle holds, as they were when they were copied.

Everything stands under one key, since OPA reads every JSON file of a folder as data.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from gateway.core.errors import ConfigError

NAME = "packs.lock.json"
_KEY = "packs_lock"


def digest(body: bytes) -> str:
    """``sha256:`` and 64 hex digits."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


@dataclass(slots=True)
class Lock:
    """By pack: the files that came from it, and the digest of each as it was written."""

    packs: dict[str, dict[str, str]] = field(default_factory=dict)

    def owner(self, file: str) -> str:
        """The pack that a file came from, or an empty string."""
        return next((name for name, files in self.packs.items() if file in files), "")

    def untouched(self, root: Path, file: str) -> bool:
        """Whether a file is still as it was written."""
        path, name = root / file, self.owner(file)
        return bool(name) and path.is_file() and digest(path.read_bytes()) == self.packs[name][file]

    def write(self, root: Path) -> None:
        """Save it, sorted, so that it can be compared."""
        body = orjson.dumps({_KEY: self.packs}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        (root / NAME).write_bytes(body + b"\n")


def read_lock(root: Path) -> Lock:
    """The lock of the bundle at ``root``; an empty one where there is none. Raises ``ConfigError``."""
    path = root / NAME
    if not path.is_file():
        return Lock()
    try:
        packs = orjson.loads(path.read_bytes())[_KEY]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise ConfigError(f"{path}:1: this is no lock of packs") from None
    if not _well_formed(packs):
        raise ConfigError(f"{path}:1: this is no lock of packs")
    return Lock(packs)


def _well_formed(packs: object) -> bool:
    return isinstance(packs, Mapping) and all(
        isinstance(files, Mapping) and all(isinstance(each, str) for pair in files.items() for each in pair)
        for files in packs.values()
    )
