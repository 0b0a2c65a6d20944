"""The vault's seam to the file system: that of the log, for files that only their owner may read."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.audit.files import Files

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700


class Disk(Files):
    """The operating system's files, private ones."""

    def create(self, path: Path, data: bytes) -> None:
        """Replace *path* by a file holding *data*, its bytes on stable storage."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE)
        try:
            self.write_at(descriptor, data, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_directory(self, path: Path) -> None:
        """Make one directory; presence is fine."""
        path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)

    def overwrite(self, path: Path, data: bytes) -> None:
        """Write over the bytes of an existing file, in place and through to stable storage."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            self.write_at(descriptor, data, 0)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name; raises FileExistsError where that is taken."""
        target.hardlink_to(source)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an operating system's lock for the length of a block; it ends with the process at the latest."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
