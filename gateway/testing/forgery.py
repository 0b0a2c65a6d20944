"""A forgery that the log must notice: the last denial made to look like a success, by one byte."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DENIED = b'"status":400'


@contextmanager
def forged(log: Path) -> Iterator[str]:
    """Change the byte for the length of a block; yields what was changed.

    Raises:
        ValueError: there is no denial in the newest bundle of entries.
    """
    bundle = _newest(log)
    original = bundle.read_bytes()
    place = original.rindex(DENIED) + DENIED.index(b"4")
    bundle.write_bytes(original[:place] + b"2" + original[place + 1 :])
    try:
        yield f"byte {place} of {bundle.relative_to(log)}: the last HTTP 400 now reads HTTP 200"
    finally:
        bundle.write_bytes(original)


def _newest(log: Path) -> Path:
    """The bundle that verification reads; smaller ones of earlier sizes may lie beside it."""
    bundles = (path for path in (log / "tile" / "entries").rglob("*") if path.is_file())
    return max(bundles, key=lambda path: path.stat().st_mtime_ns)
