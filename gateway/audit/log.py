"""The audit log of one process: durable appends, and a turn at publishing the Merkle log.

``append`` returns when the record is on stable storage. Publishing happens behind it, within a
second, by whichever process of the node holds the log's lock (``sequencer``).
"""

import asyncio
import re
import time
from collections.abc import Sequence
from concurrent.futures import Future as ThreadFuture
from pathlib import Path

from gateway.audit.canonical import Record
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.committer import Committer, Item, Receipt
from gateway.audit.files import Files
from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.sequencer import Sequencer
from gateway.audit.stores.base import CHECKPOINT, Store
from gateway.audit.stores.files import FileStore
from gateway.core.errors import ConfigError, RecordFault

__all__ = ["AuditLog", "Receipt", "RecordFault"]

_TURNS = 16
"""Turns of the event loop that a batch may gather for. Each sync costs as much as several exchanges."""

_NODE = re.compile(r"[\w-]{1,64}", re.ASCII)


class AuditLog:
    """One process's handle on a log directory that several may share."""

    def __init__(self, committer: Committer, sequencer: Sequencer, store: Store) -> None:
        self._committer = committer
        self._sequencer = sequencer
        self.store = store
        """Where the log lives."""

        self._gathered: dict[asyncio.AbstractEventLoop, list[Item]] = {}

    @classmethod
    def open(  # noqa: PLR0913
        cls,
        path: Path,
        *,
        origin: str,
        signer: Signer,
        node: str,
        interval: float = 1.0,
        second: Path | None = None,
        files: Files | None = None,
        store: Store | None = None,
        heartbeat_s: float = 0.0,
    ) -> "AuditLog":
        """Open or create the log; repair what a crash left, write the ``open`` record.

        Args:
            path: the log's directory.
            origin: first line of checkpoints and name of the key.
            signer: the log's key; renamed to the origin if need be.
            node: name of this machine: letters, digits, ``_`` and ``-``.
            interval: seconds between publications when something is new.
            second: where the second copy of the last signed checkpoint is kept; beside *path*
                by default, best on another disk.
            files: the file system; tests replace it.
            store: where the log lives if not in the directory (``stores.open_store``).
            heartbeat_s: seconds after which a quiet process records that it is there; 0 is never.

        Raises:
            ConfigError: the names cannot be used.
            RecordFault: the disk fails, or the files are no extension of the last signed
                checkpoint: then the log was rolled back or altered, and nothing is signed.
        """
        if not _NODE.fullmatch(node):
            raise ConfigError(f"audit node {node!r}: use up to 64 letters, digits, _ or -")
        store = store or FileStore(Layout(path, second), files)
        try:
            store.prepare()
        except OSError as error:
            raise RecordFault(f"audit log {store.name}: {error.strerror}") from error
        named = signer if signer.name == origin else signer.named(origin)
        sequencer = Sequencer(store, named, interval=interval)
        sequencer.start()
        promise = {"heartbeat_ms": round(heartbeat_s * 1000)} if heartbeat_s else {}
        committer = Committer(store, node, about={"origin": origin} | promise, heartbeat_s=heartbeat_s)
        try:
            committer.start()
        except RecordFault:
            sequencer.close("")
            raise
        return cls(committer, sequencer, store)

    @property
    def fault(self) -> str:
        """Why publishing does not advance, or an empty string."""
        return self._sequencer.fault

    async def append(self, record: Record) -> Receipt:
        """Returns when the record is durable. Raises RecordFault if it cannot be made so.

        Records of one turn of the event loop are handed over together: waking the committing thread
        for each of them costs more than writing it. A cancelled caller leaves the record in the log.
        """
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Receipt] = loop.create_future()
        gathered = self._gathered.get(loop)
        if gathered is None:
            gathered = self._gathered[loop] = []
            loop.call_soon(self._gather, loop, 0, _TURNS)
        gathered.append((record, waiter))
        return await waiter

    def _gather(self, loop: asyncio.AbstractEventLoop, before: int, turns: int) -> None:
        """Go on gathering for as long as each turn of the loop brings another record."""
        now = len(self._gathered.get(loop, ()))
        if now > before and turns:
            loop.call_soon(self._gather, loop, now, turns - 1)
        else:
            self._hand_over(loop)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        items = self._gathered.pop(loop, [])
        if not items:
            return
        try:
            self._submit(items)
        except RecordFault as fault:
            for _, waiter in items:
                if waiter is not None and not waiter.done():
                    waiter.set_exception(fault)

    def bypass(self, records: Sequence[Record], cause: str) -> None:
        """These could not be recorded, and what they are about goes on nevertheless.

        As soon as the log works again, and at close, one ``bypass`` record tells of it.
        """
        self._committer.bypasses.note(records, cause, time.time_ns() // 1_000_000)

    @property
    def bypassed(self) -> int:
        """Records that were bypassed since the start."""
        return self._committer.bypasses.total

    def append_nowait(self, record: Record) -> None:
        """Hand a record over without waiting; for records that nothing depends on."""
        self._submit([(record, None)])

    def append_sync(self, record: Record, timeout: float | None = None) -> Receipt:
        """:meth:`append` for threads without an event loop."""
        waiter: ThreadFuture[Receipt] = ThreadFuture()
        self._submit([(record, waiter)])
        return waiter.result(timeout)

    def _submit(self, items: Sequence[Item]) -> None:
        if self._sequencer.forked:
            raise RecordFault(self._sequencer.fault)
        self._committer.submit(items)

    def head(self) -> Checkpoint | None:
        """The last published checkpoint; None before the first."""
        signed = self.store.fetch(CHECKPOINT)
        return Checkpoint.parse_unverified(signed.decode()) if signed else None

    async def close(self) -> None:
        """Write the ``close`` record and see it published."""
        self._hand_over(asyncio.get_running_loop())
        await asyncio.to_thread(self.close_sync)

    def close_sync(self) -> None:
        """:meth:`close` for threads without an event loop."""
        last = self._committer.segment
        self._committer.close()
        self._sequencer.close(last)
