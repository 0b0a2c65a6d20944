"""A file that appears under its name once it is complete, and a pipe."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from gateway.audit.export.entry import Entry, Head
from gateway.audit.export.formats.base import Format
from gateway.audit.files import TEMPORARY, Files


class WholeFile:
    """Writes beside the name and renames at the end; what was under the name before is replaced."""

    lasting = False

    def __init__(self, path: Path, form: Format, head: Head) -> None:
        self._path = path
        self._temporary = path.with_name(path.name + TEMPORARY)
        self._out = self._temporary.open("wb")
        self._writer = form.writer(self._out, head)

    def send(self, entries: Sequence[Entry]) -> None:
        """Write. Raises OSError when the disk fails."""
        self._writer.write(entries)

    def finish(self) -> None:
        """Durable under its name on return. Raises OSError when the disk fails."""
        self._writer.finish()
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        files = Files()
        files.rename(self._temporary, self._path)
        files.sync_directory(self._path.parent)

    def abandon(self) -> None:
        """Leave nothing behind."""
        with suppress(OSError):
            self._out.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)


@contextmanager
def whole_file(path: Path, form: Format, head: Head) -> Iterator[WholeFile]:
    """A file for the length of a block; there at its end, unless the block failed."""
    out = WholeFile(path, form, head)
    try:
        yield out
        out.finish()
    except BaseException:
        out.abandon()
        raise


class Pipe:
    """Standard output, or another file that somebody reads meanwhile."""

    lasting = True

    def __init__(self, out: BinaryIO, form: Format, head: Head) -> None:
        self._out = out
        self._writer = form.writer(out, head)

    def send(self, entries: Sequence[Entry]) -> None:
        """Handed to the reader on return."""
        self._writer.write(entries)
        self._out.flush()

    def finish(self) -> None:
        """Write what closes the export."""
        self._writer.finish()
        self._out.flush()

    def abandon(self) -> None:
        """Whoever reads keeps what there was."""
