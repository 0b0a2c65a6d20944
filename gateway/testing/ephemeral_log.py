"""An audit log in memory, for tests: what is appended can be looked at, and writing can fail."""

from typing import Any

from gateway.audit.canonical import Record, decode, encode
from gateway.audit.log import Receipt
from gateway.core.errors import RecordFault


class EphemeralLog:
    """Keeps records as they would be read back. Nothing is durable.

    >>> log = EphemeralLog()
    >>> log.broken = True  # from now on every append raises RecordFault
    """

    def __init__(self, node: str = "test") -> None:
        self.node = node
        self.records: list[Record] = []
        self.broken = False

    async def append(self, record: dict[str, Any]) -> Receipt:
        """Keep one record; raises RecordFault while :attr:`broken`."""
        return self.append_sync(record)

    def append_sync(self, record: dict[str, Any], timeout: float | None = None) -> Receipt:  # noqa: ARG002
        """:meth:`append` without an event loop; never takes long."""
        if self.broken:
            raise RecordFault("the audit log is broken on purpose")
        self.records.append(decode(encode(record)))
        return Receipt(self.node, "ephemeral", len(self.records) - 1)

    def append_nowait(self, record: dict[str, Any]) -> None:
        """:meth:`append_sync` without a receipt."""
        self.append_sync(record)

    async def close(self) -> None:
        """Nothing to do."""

    def of_type(self, kind: str) -> list[Record]:
        """The records of one type, in order."""
        return [record for record in self.records if record.get("type") == kind]
