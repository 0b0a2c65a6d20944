"""What takes entries away."""

from collections.abc import Sequence
from typing import Protocol

from gateway.audit.export.entry import Entry


class Undelivered(Exception):
    """What was to be sent may not have arrived.

    Attributes:
        final: trying again would not help.
    """

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


class Target(Protocol):
    """A place for entries. After a fault of :meth:`send` the same entries may be sent again."""

    @property
    def lasting(self) -> bool:
        """Whether what was sent stays when what follows fails; a file appears whole or not at all."""

    def send(self, entries: Sequence[Entry]) -> None:
        """Take entries.

        Raises:
            Undelivered: not all of them arrived, as far as can be known.
        """

    def finish(self) -> None:
        """Nothing follows."""

    def abandon(self) -> None:
        """Something failed, and nothing follows. Never raises."""
