"""Copying shipped policies into a bundle, and bringing them up to date there without touching edits."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gateway.core.errors import ConfigError
from gateway.policy.scaffold.lock import Lock, digest
from gateway.policy.shipped import PARTS, baseline, library, pack

BASE = ("baseline", "lib")
"""What every pack builds on."""

Fate = Literal["added", "updated", "unchanged", "kept", "conflict", "removed", "deleted here"]


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """What became of one file."""

    file: str
    fate: Fate
    """*kept*: edited here, and the shipped one is as before; *conflict*: edited here and shipped anew, so the
    new one lies beside it with ``.new`` at its end."""


def source(name: str) -> Path:
    """The folder of a shipped policy. Raises ``ConfigError`` for a name that there is not."""
    if name == "baseline":
        return baseline()
    return library() if name == "lib" else pack(name)


def shipped_files(name: str) -> dict[str, bytes]:
    """The files of a shipped policy by their place in a bundle; its cases get a folder of their own."""
    root = source(name)
    found = {}
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.is_file() and relative.parts[0] in PARTS:
            found[relative.as_posix()] = path.read_bytes()
        elif path.is_file() and relative.parts[0] == "cases":
            found[Path("cases", name, *relative.parts[1:]).as_posix()] = path.read_bytes()
    return found


def vendor(root: Path, name: str, lock: Lock) -> list[Change]:
    """Put the shipped policy ``name`` into the bundle at ``root``, and note it in ``lock``.

    Raises:
        ConfigError: no such pack, or the bundle lacks what packs build on.
    """
    files = shipped_files(name)
    if name not in BASE and (missing := [base for base in BASE if base not in lock.packs]):
        raise ConfigError(f"{root}: packs build on {' and '.join(missing)}, which this bundle does not have")
    changes = [*_put(root, name, files, lock), *_gone(root, name, files, lock)]
    for change in changes:
        _note(name, change, files, lock)
    return sorted(changes)


def _put(root: Path, name: str, files: dict[str, bytes], lock: Lock) -> Iterator[Change]:
    for file, body in files.items():
        fate = _fate(root, name, file, body, lock)
        path = root / (f"{file}.new" if fate == "conflict" else file)
        if fate in {"added", "updated", "conflict"}:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        yield Change(file, fate)


def _fate(root: Path, name: str, file: str, body: bytes, lock: Lock) -> Fate:
    path, before = root / file, lock.packs.get(name, {}).get(file)
    if not path.exists():
        return "deleted here" if before else "added"
    here, new = digest(path.read_bytes()), digest(body)
    if here == new:
        return "unchanged"
    if here == before:
        return "updated"
    return "kept" if before == new else "conflict"


def _gone(root: Path, name: str, files: dict[str, bytes], lock: Lock) -> Iterator[Change]:
    """Files that the pack had and has no more: removed where nobody edited them."""
    for file in lock.packs.get(name, {}).keys() - files.keys():
        if lock.untouched(root, file):
            (root / file).unlink()
            yield Change(file, "removed")
        elif (root / file).exists():
            yield Change(file, "kept")


def _note(name: str, change: Change, files: dict[str, bytes], lock: Lock) -> None:
    """The lock names the shipped file that the one here was made from, or has been compared with."""
    noted = lock.packs.setdefault(name, {})
    if change.fate == "removed" or change.file not in files:
        noted.pop(change.file, None)
    elif change.fate != "deleted here":
        noted[change.file] = digest(files[change.file])
