"""JSON lines: the record as it stands in the log, byte for byte, and where it stands."""

from collections.abc import Iterator
from typing import BinaryIO

import orjson

from gateway.audit.export.entry import Entry, Head
from gateway.audit.export.formats.base import Lines


class JsonLines:
    """``{"index":…,"leaf":"…","log":{"origin":"…","size":…},"record":{…}}``.

    The bytes of ``record`` are the entry's own: SHA-256 over a zero byte and them is ``leaf``.
    """

    name = "jsonl"

    def writer(self, out: BinaryIO, head: Head) -> Lines:  # noqa: ARG002 - every line says it
        """One line for an entry."""
        return Lines(out, self)

    def messages(self, entry: Entry) -> Iterator[bytes]:
        """One."""
        origin = orjson.dumps(entry.head.origin)
        where = b'{"index":%d,"leaf":"%s","log":{"origin":%s,"size":%d}' % (
            entry.index, entry.leaf.encode(), origin, entry.head.size,
        )  # fmt: skip
        yield where + b',"record":' + entry.data + b"}"
