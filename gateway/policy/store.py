"""The policy store: a folder that holds revisions and the state of the rollout. Workers and nodes share it.

    <store>/revisions/<hex>/     a copy of a bundle under its digest: its files, or ``bundle.tar.gz``,
                                 which counts where there are both; what decides never changes
    <store>/rollout.json         the rollout; replaced whole, under the lock
    <store>/lock                 held by who takes a step
    <store>/serial               the highest serial of a bundle that was taken in
    <store>/status/              what each worker says of itself
    <store>/statements/<hex>.intoto.jsonl    signed test results about a revision, one a line

Readers need no lock: a file is there whole, or not at all.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from gateway.core.errors import ConfigError
from gateway.policy.beside import SUFFIX, beside
from gateway.policy.build import archived
from gateway.policy.bundle import BundleError, Contents, load
from gateway.policy.rollout import Rollout, document, from_document
from gateway.policy.source import Admission, Files

ARCHIVE = "bundle.tar.gz"
STATEMENTS = "statements"
_REVISION = re.compile(r"sha256:([0-9a-f]{64})")


class StoreFault(ConfigError):
    """The store cannot be read or written, or holds something else than it should."""


class Store:
    """One policy store."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def status(self) -> Path:
        """Where workers say how they are."""
        return self.root / "status"

    # -- the rollout -----------------------------------------------------------------------------

    def rollout(self) -> Rollout | None:
        """The state of the rollout; None where there was no step yet.

        Raises:
            StoreFault: the file cannot be read, or is no rollout that this release understands.
        """
        try:
            return from_document(orjson.loads(self._file.read_bytes()))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreFault(f"{self._file}: {error.strerror}") from None
        except ValueError as error:
            raise StoreFault(f"{self._file}: {error}") from None

    def stamp(self) -> tuple[int, int, int]:
        """Changes with every step; only looks, does not read."""
        try:
            found = self._file.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep others from taking a step.

        Raises:
            StoreFault: the store cannot be written.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreFault(f"{self.root}: {error.strerror}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def write(self, rollout: Rollout) -> None:
        """Replace the rollout; the caller holds the lock.

        Raises:
            StoreFault: the store cannot be written; then the rollout is as before.
        """
        body = orjson.dumps(document(rollout), option=orjson.OPT_INDENT_2)
        try:
            replace_file(self._file, body + b"\n")
        except OSError as error:
            raise StoreFault(f"{self._file}: {error.strerror}") from None

    # -- revisions -------------------------------------------------------------------------------

    def add(self, bundle: Path, admission: Admission | None = None) -> str:
        """Keep a copy of a bundle, and of the statements beside it; its revision.

        A second copy of the same is none, unless its signature counts and that of the first does not: a key
        may be new, or have come to its end.

        Raises:
            ConfigError: it is no bundle, it is not admitted, or the store cannot be written.
        """
        held = Files(bundle, admission).read()
        revision = load(held).revision
        target = self._folder(revision)
        self._bring(revision, beside(bundle))
        if target.is_dir():
            self._vouched(revision, held, admission)
            return revision
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            draft.mkdir(parents=True)
            copy = _copied(bundle, draft)
            if load(Files(copy, admission).read()).revision != revision:
                raise StoreFault(f"{bundle}: it changed while it was copied")
            _synced(draft)
            _named(draft, target)
        except OSError as error:
            raise StoreFault(f"{self.root}: {error.strerror}") from None
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return revision

    def bundle(self, revision: str) -> Path:
        """Where a revision lies.

        Raises:
            StoreFault: it is not in the store.
        """
        folder = self._folder(revision)
        archive = folder / ARCHIVE
        if not folder.is_dir():
            raise StoreFault(f"{self.root}: there is no revision {revision}")
        return archive if archive.is_file() else folder

    def find(self, name: str) -> str:
        """The revision that a name means: whole, or enough of its digits to be the only one.

        Raises:
            StoreFault: none, or more than one.
        """
        digits = name.removeprefix("sha256:")
        found = [each for each in self.revisions() if digits and each.startswith(f"sha256:{digits}")]
        if len(found) != 1:
            raise StoreFault(f"{self.root}: {len(found) or 'no'} revisions begin with {name!r}")
        return found[0]

    def attest(self, revision: str, statements: Iterable[bytes]) -> None:
        """Keep signed statements about a revision beside those that are there; none twice.

        Raises:
            StoreFault: the store cannot be written.
        """
        file = self.root / STATEMENTS / (self._folder(revision).name + SUFFIX)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            kept = file.read_bytes().splitlines() if file.exists() else []
            replace_file(file, b"".join(line + b"\n" for line in dict.fromkeys([*kept, *statements])))
        except OSError as error:
            raise StoreFault(f"{file}: {error.strerror}") from None

    def revisions(self) -> list[str]:
        """Every revision that is kept, sorted."""
        folder = self.root / "revisions"
        names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        return sorted(f"sha256:{name}" for name in names if _REVISION.fullmatch(f"sha256:{name}"))

    def _bring(self, revision: str, statements: Path) -> None:
        try:
            found = statements.read_bytes().splitlines() if statements.is_file() else []
        except OSError as error:
            raise StoreFault(f"{statements}: {error.strerror}") from None
        if found:
            self.attest(revision, found)

    def _vouched(self, revision: str, held: Contents, admission: Admission | None) -> None:
        """Keep the signed bytes beside those whose signature does not count."""
        kept = self.bundle(revision)
        try:
            Files(kept, admission).read()
        except BundleError:
            archive = self._folder(revision) / ARCHIVE
            try:
                replace_file(archive, archived(held, held.signatures))
            except OSError as error:
                raise StoreFault(f"{archive}: {error.strerror}") from None

    @property
    def _file(self) -> Path:
        return self.root / "rollout.json"

    def _folder(self, revision: str) -> Path:
        match = _REVISION.fullmatch(revision)
        if match is None:
            raise StoreFault(f"{revision!r} is no revision: `sha256:` and 64 hex digits")
        return self.root / "revisions" / match[1]


def replace_file(path: Path, body: bytes) -> None:
    """Put a file in another's place, whole and durable. Raises OSError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync(path.parent)


def _copied(bundle: Path, draft: Path) -> Path:
    """Copy a folder's files, or an archive as it came."""
    if bundle.is_file():
        shutil.copyfile(bundle, draft / ARCHIVE)
        return draft / ARCHIVE
    shutil.copytree(bundle, draft, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return draft


def _named(draft: Path, target: Path) -> None:
    try:
        draft.rename(target)
    except OSError:
        if not target.is_dir():  # else somebody else was first, with the same bytes
            raise
    _sync(target.parent)


def _synced(folder: Path) -> None:
    for path in [*folder.rglob("*"), folder]:
        _sync(path)
        if path.is_file():
            path.chmod(0o444)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
