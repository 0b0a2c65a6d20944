"""One entry of a log, with what an exported row needs to be held against a proof."""

from dataclasses import dataclass

from gateway.audit.canonical import Record


@dataclass(frozen=True, slots=True)
class Head:
    """The checkpoint that entries are read under."""

    origin: str
    size: int
    root: str
    """In hex."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A published entry."""

    index: int
    leaf: str
    """Leaf hash in hex: SHA-256 over a zero byte and :attr:`data` (RFC 6962, section 2.1)."""

    data: bytes
    """The entry's exact bytes: the canonical record."""

    record: Record
    head: Head
