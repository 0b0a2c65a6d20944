"""The recorder: the log, and what follows from a record."""

import asyncio
from collections.abc import Sequence
from typing import Any

from gateway.audit.log import AuditLog
from gateway.server.access import AccessLog


class LogRecorder:
    """Appends to the decision log and then tells the access log."""

    def __init__(self, log: AuditLog, access: AccessLog) -> None:
        self._log = log
        self._access = access

    async def append_all(self, records: Sequence[dict[str, Any]]) -> None:
        """Make records durable, in their order.

        Raises:
            RecordFault: at least one could not be made durable.
        """
        if len(records) == 1:
            await self._log.append(records[0])
        else:
            await asyncio.gather(*(self._log.append(record) for record in records))
        for record in records:
            self._access.write(record)


class NoRecorder:
    """Keeps nothing; for a gateway that is told to record nothing."""

    def __init__(self, access: AccessLog) -> None:
        self._access = access

    async def append_all(self, records: Sequence[dict[str, Any]]) -> None:
        """Only the access log hears of it."""
        for record in records:
            self._access.write(record)
