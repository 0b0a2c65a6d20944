"""What a format is."""

from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Protocol

from gateway.audit.export.entry import Entry, Head


class Writer(Protocol):
    """An export that is being written."""

    def write(self, entries: Sequence[Entry]) -> None:
        """Add entries, which follow those before."""

    def finish(self) -> None:
        """Write what closes the export; the file under it stays open."""


class Format(Protocol):
    """Spells entries. The same entries under the same head give the same bytes."""

    @property
    def name(self) -> str:
        """As the command line has it."""

    def writer(self, out: BinaryIO, head: Head) -> Writer:
        """Begin an export into a file."""


class MessageFormat(Format, Protocol):
    """A format whose entries stand for themselves, so that they can also be sent one by one."""

    def messages(self, entry: Entry) -> Iterable[bytes]:
        """The messages of an entry, without line ends in them; in most formats one."""


class Lines:
    """The writer of all formats that have a line for each message."""

    def __init__(self, out: BinaryIO, form: MessageFormat) -> None:
        self._out, self._form = out, form

    def write(self, entries: Sequence[Entry]) -> None:
        """Each message, and a line feed behind it."""
        self._out.write(b"".join(self._lines(entries)))

    def finish(self) -> None:
        """Nothing follows the last line."""

    def _lines(self, entries: Sequence[Entry]) -> Iterator[bytes]:
        for entry in entries:
            for message in self._form.messages(entry):
                yield message + b"\n"
