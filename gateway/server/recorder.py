"""The recorder: the log, and what follows from a record."""

import asyncio
from collections.abc import Sequence
from typing import Any

from gateway.audit.log import AuditLog
from gateway.core.errors import RecordFault
from gateway.flow.commands import Content
from gateway.server.access import AccessLog
from gateway.server.keeping import Keeper


class LogRecorder:
    """Keeps what is to be kept, appends to the decision log, and then tells the access log."""

    def __init__(self, log: AuditLog, access: AccessLog, keeper: Keeper | None = None) -> None:
        self._log = log
        self._access = access
        self._keeper = keeper

    async def append_all(
        self, records: Sequence[dict[str, Any]], contents: Sequence[Content] = (), *, required: bool = True
    ) -> bool:
        """Make records durable, in their order, and before them the bodies that go into the vault.

        False when they are not *required* and were bypassed.

        Raises:
            RecordFault: at least one could not be made durable, and all are required.
        """
        if self._keeper is not None:
            await self._keeper.keep(records, contents)
        if len(records) == 1:
            lost = await self._tried(records[0])
        else:
            lost = [one for found in await asyncio.gather(*map(self._tried, records)) for one in found]
        if lost and required:
            raise lost[0][1]
        if lost:
            self._log.bypass([record for record, _ in lost], str(lost[0][1]))
        for record in records:
            self._access.write(record)
        return not lost

    async def _tried(self, record: dict[str, Any]) -> list[tuple[dict[str, Any], RecordFault]]:
        """The record with what kept it out of the log, if something did."""
        try:
            await self._log.append(record)
        except RecordFault as fault:
            return [(record, fault)]
        return []


class NoRecorder:
    """Keeps nothing; for a gateway that is told to record nothing."""

    def __init__(self, access: AccessLog) -> None:
        self._access = access

    async def append_all(
        self,
        records: Sequence[dict[str, Any]],
        contents: Sequence[Content] = (),  # noqa: ARG002
        *,
        required: bool = True,  # noqa: ARG002
    ) -> bool:
        """Only the access log hears of it."""
        for record in records:
            self._access.write(record)
        return True
