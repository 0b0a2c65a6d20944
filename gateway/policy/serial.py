"""Serials of bundles, against replay: an older bundle has a good signature too, and is not the latest word.

A manifest may number its bundle (``metadata.lictor.serial``), which the signature covers. Whoever takes
bundles in remembers the highest number seen and refuses lower ones. A bundle without a number has number 0.
"""

from pathlib import Path
from typing import Final

from gateway.core.errors import ConfigError
from gateway.policy.contents import MANIFEST, BundleError, Contents
from gateway.policy.manifest import parse_manifest
from gateway.policy.store import replace_file

RULE: Final = "older"
_MOST: Final = 2**53


def serial_of(held: Contents) -> int:
    """The number of a bundle. Raises BundleError where it is none."""
    told = parse_manifest(held.files.get(MANIFEST)).metadata.get("lictor")
    serial = told.get("serial", 0) if isinstance(told, dict) else 0
    if not isinstance(serial, int) or isinstance(serial, bool) or not 0 <= serial < _MOST:
        raise BundleError(MANIFEST, 1, "serial", "`metadata.lictor.serial` must be a whole number from 0 on")
    return serial


class Highest:
    """The highest number that was seen: kept in a file, or while this lives where none can be written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = 0

    def refuse_older(self, held: Contents) -> None:
        """Raise BundleError where a bundle has a lower number than one that was taken in before.

        Raises:
            ConfigError: the file cannot be read.
        """
        serial, highest = serial_of(held), self.known()
        if serial < highest:
            message = f"the bundle has serial {serial}, and one with {highest} was taken in before"
            raise BundleError(MANIFEST, 1, RULE, message)

    def known(self) -> int:
        """The highest number so far. Raises ConfigError where its file is damaged: that is not none."""
        try:
            return max(self._seen, int(self._file.read_text("ascii")))
        except (FileNotFoundError, NotADirectoryError):
            return self._seen
        except (OSError, ValueError) as error:
            raise ConfigError(f"{self._file}: no serial can be read: {error}") from None

    def see(self, held: Contents) -> None:
        """Remember the number of a bundle that was taken in. Raises OSError, or as :meth:`known`."""
        serial = serial_of(held)
        if serial > self.known():
            self._seen = serial
            self._file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._file, b"%d\n" % serial)
