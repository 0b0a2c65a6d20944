"""The write end of a segment: one process appends frames to one file until it is full.

The writer holds an OS lock on the file, so that whoever can lock it knows that it will not grow
any more.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from gateway.audit.files import TEMPORARY, Files
from gateway.audit.wal import SegmentName

ROTATE = 4 * 1024 * 1024
"""A segment is full at this size."""

RESERVE = 1024 * 1024
"""Zeros written ahead: a sync that need not grow the file is much cheaper."""


class Segment:
    """The write end. After a failure it is spent: a failed fsync must never be tried again."""

    def __init__(self, files: Files, directory: Path, name: SegmentName) -> None:
        """Make the file, locked before it can be seen; raises OSError."""
        self.path = directory / str(name)
        self.size = 0
        self._files = files
        self._reserved = 0
        hidden = directory / (str(name) + TEMPORARY)
        self._descriptor = files.open_new(hidden)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            files.rename(hidden, self.path)
            files.sync_directory(directory)
        except OSError:
            with suppress(OSError):
                files.unlink(hidden)
            self.close()
            raise

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def commit(self, data: bytes, count: int) -> None:  # noqa: ARG002 - files count bytes
        """Append and make durable; on OSError nothing counts and the segment must be closed."""
        end = self.size + len(data)
        if end > self._reserved:
            self._reserve(end + RESERVE)
        self._files.write_at(self._descriptor, data, self.size)
        self._files.sync_data(self._descriptor)
        self.size = end

    def _reserve(self, end: int) -> None:
        """Write zeros ahead; a disk too full for them may still hold the data."""
        with suppress(OSError):
            self._files.write_at(self._descriptor, bytes(end - self.size), self.size)
        self._reserved = end

    def close(self) -> None:
        """Cut what is not durable, let go of the lock. Never raises."""
        with suppress(OSError):
            self._files.truncate(self._descriptor, self.size)
        if not self.size:
            with suppress(OSError):
                self._files.unlink(self.path)
        os.close(self._descriptor)
