"""The seam to the file system: every change the log makes on disk is one of these calls.

Tests replace it to make any step fail. A method either did what its name says or raised OSError.
"""

import os
from collections.abc import Mapping
from pathlib import Path

TEMPORARY = ".tmp"
"""Suffix of files that are not published yet."""


class Files:
    """The operating system's files."""

    def open_new(self, path: Path) -> int:
        """A descriptor on a new file; refuses an existing one."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write_at(self, descriptor: int, data: bytes, offset: int) -> None:
        """All of *data*, at *offset*."""
        written = os.pwrite(descriptor, data, offset)
        while written < len(data):
            written += os.pwrite(descriptor, data[written:], offset + written)

    def sync_data(self, descriptor: int) -> None:
        """The file's bytes are on stable storage."""
        getattr(os, "fdatasync", os.fsync)(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut the file to *size*."""
        os.ftruncate(descriptor, size)

    def create(self, path: Path, data: bytes) -> None:
        """Replace *path* by a file holding *data*, its bytes on stable storage."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        try:
            self.write_at(descriptor, data, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Move atomically, replacing the target."""
        source.rename(target)

    def unlink(self, path: Path) -> None:
        """Remove; absence is fine."""
        path.unlink(missing_ok=True)

    def make_directory(self, path: Path) -> None:
        """Make one directory; presence is fine."""
        path.mkdir(exist_ok=True)

    def sync_directory(self, path: Path) -> None:
        """The directory's entries are on stable storage."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_directories(files: Files, path: Path) -> None:
    """Make *path* and its parents, each durable in the one above."""
    if path.is_dir():
        return
    make_directories(files, path.parent)
    files.make_directory(path)
    files.sync_directory(path.parent)


def publish(files: Files, contents: Mapping[Path, bytes]) -> None:
    """Put whole files in place: temporary, fsync, rename, then fsync of the directories.

    A reader sees an old file or a new one, never a part. After return all of them are durable.
    """
    for path, data in contents.items():
        make_directories(files, path.parent)
        files.create(_temporary(path), data)
    for path in contents:
        files.rename(_temporary(path), path)
    for directory in {path.parent for path in contents}:
        files.sync_directory(directory)


def _temporary(path: Path) -> Path:
    return path.with_name(path.name + TEMPORARY)
