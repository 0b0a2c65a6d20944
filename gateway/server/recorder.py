"""The recorder: the log, and what follows from a record."""

import asyncio
from collections.abc import Sequence
from typing import Any

from gateway.audit.log import AuditLog
from gateway.flow.commands import Content
from gateway.server.access import AccessLog
from gateway.server.keeping import Keeper


class LogRecorder:
    """Keeps what is to be kept, appends to the decision log, and then tells the access log."""

    def __init__(self, log: AuditLog, access: AccessLog, keeper: Keeper | None = None) -> None:
        self._log = log
        self._access = access
        self._keeper = keeper

    async def append_all(self, records: Sequence[dict[str, Any]], contents: Sequence[Content] = ()) -> None:
        """Make records durable, in their order, and before them the bodies that go into the vault.

        Raises:
            RecordFault: at least one could not be made durable.
        """
        if self._keeper is not None:
            await self._keeper.keep(records, contents)
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

    async def append_all(self, records: Sequence[dict[str, Any]], contents: Sequence[Content] = ()) -> None:  # noqa: ARG002
        """Only the access log hears of it."""
        for record in records:
            self._access.write(record)
