"""The follower: keeps one worker's policy up to date, without a pause for those whom it serves.

The heavy half of a reload (checking, parsing, analysing) happens in a thread; then the event loop makes its
own interpreters, one at a time with a breath in between; and only then do exchanges begin with the new
revision. Those that are under way keep the one they began with.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gateway.audit.record import bundle_record
from gateway.core.errors import RecordFault
from gateway.policy.authority import ReloadReport, Snapshot
from gateway.policy.releases import Following, Releases
from gateway.server.driver import Recorder
from gateway.server.ids import now_ms
from gateway.server.presence import Presence
from gateway.server.settings import PolicySettings
from gateway.server.trial import Trial

if TYPE_CHECKING:
    from gateway.server.bundles import Remote

_log = logging.getLogger("lictor")

Json = dict[str, Any]

BREATH_S = 0.002
"""Between two interpreters: what has arrived meanwhile is served first."""

PRESENCE_S = 2.0
SWITCH_S = 0.0005


class Follower:
    """Follows one bundle, or a store with its trial."""

    def __init__(  # noqa: PLR0913
        self,
        authority: Following,
        recorder: Recorder,
        settings: PolicySettings,
        *,
        trial: Trial | None = None,
        remote: "Remote | None" = None,
        presence: Presence | None = None,
        more: Callable[[], Json] = dict,
    ) -> None:
        """*more* is what else the worker says of itself."""
        self._authority = authority
        self._recorder = recorder
        self._settings = settings
        self._trial = trial
        self._remote = remote
        self._presence = presence
        self._more = more
        self._reloading = asyncio.Lock()
        self._reloaded_ms = now_ms()
        self._told: Json = {}
        self._due = {"presence": 0.0, "report": 0.0}

    async def start(self) -> None:
        """Get ready to serve, and record what is in force."""
        snapshots = [self._authority.choose("")]
        if isinstance(self._authority, Releases) and self._authority.state.candidate:
            snapshots.append(self._authority.state.candidate)
        await _warm(snapshots)
        await self._recorder.append_all([_started(each, self._why()) for each in snapshots])
        if self._presence is not None:
            self._presence.tidy()
        await self._say()

    async def run(self) -> None:
        """Follow for as long as the worker runs."""
        while True:
            await asyncio.sleep(self._settings.reload_s)
            if await asyncio.to_thread(self._authority.changed):
                await self.reload()
            await self._look()
            await self._say()

    async def poll(self) -> None:
        """Look at the web server for as long as the worker runs; nothing where there is none."""
        while self._remote is not None:
            await asyncio.sleep(self._remote.delay_s())
            if trouble := await self._remote.poll():
                await self._record([_unfetched(self._authority.choose(""), trouble)])

    def _why(self) -> str:
        copied = self._remote.look.from_copy if self._remote else ""
        return f"start from the copy on disk: {copied}" if copied else "start"

    async def stop(self) -> None:
        """Tell what was not told yet, and leave."""
        if self._trial is not None:
            await asyncio.to_thread(self._trial.stop)
            await self._trial.report()
        if self._presence is not None:
            await asyncio.to_thread(self._presence.leave)

    async def reload(self) -> Json:
        """Look now; what came of it."""
        if self._remote is not None:
            await self._remote.poll()
        async with self._reloading:
            before = self._candidate()
            with _patient_threads():
                prepared = await asyncio.to_thread(self._authority.prepare)
            await _warm(prepared.snapshots)
            report = self._authority.adopt(prepared)
            self._reloaded_ms = now_ms()
            if self._trial is not None:
                await asyncio.to_thread(self._trial.follow)
            await self._record(_records(report, before, self._candidate()))
        return asdict(report)

    def status(self) -> Json:
        """What this worker runs."""
        last = self._authority.last_reload
        said: Json = {
            "revision": self._authority.revision,
            "reloaded_ms": self._reloaded_ms,
            "last_reload": asdict(last) if last else None,
            **self._more(),
        }
        if isinstance(self._authority, Releases):
            state = self._authority.state
            said |= {
                "version": state.rollout.version,
                "stage": state.rollout.stage,
                "candidate": state.rollout.candidate,
                "canary": self._candidate(),
                "refused": state.refused,
                "unfit": self._trial.unfit if self._trial else "",
            }
        return said

    async def _look(self) -> None:
        if self._trial is None:
            return
        await self._trial.judge()
        if self._is_due("report", self._settings.report_s):
            await self._trial.report()

    async def _say(self) -> None:
        """Publish what changed at once, and a sign of life now and then."""
        if self._presence is None:
            return
        said = self.status()
        if said == self._told and not self._is_due("presence", PRESENCE_S):
            return
        self._told = said
        try:
            await asyncio.to_thread(self._presence.say, said)
        except OSError as error:
            _log.warning("the status of this worker cannot be written: %s", error)

    def _is_due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if now - self._due[what] < every:
            return False
        self._due[what] = now
        return True

    def _candidate(self) -> str:
        """The revision in canary here, or an empty string."""
        candidate = self._authority.state.candidate if isinstance(self._authority, Releases) else None
        return candidate.revision if candidate else ""

    async def _record(self, records: Sequence[Json]) -> None:
        if not records:
            return
        try:
            await self._recorder.append_all(records)
        except RecordFault as fault:
            _log.warning("a reload is not recorded: %s", fault)


@contextmanager
def _patient_threads() -> Iterator[None]:
    """Let the event loop have the interpreter's lock back within half a millisecond, not five, while
    another thread has much to do."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


async def _warm(snapshots: Sequence[Snapshot]) -> None:
    for snapshot in snapshots:
        for _ in snapshot.warm():
            await asyncio.sleep(BREATH_S)


def _started(snapshot: Snapshot, why: str) -> Json:
    return bundle_record(
        snapshot.revision, "", accepted=True, reason=why, source=snapshot.source, key=snapshot.key
    )


def _unfetched(snapshot: Snapshot, why: str) -> Json:
    now = snapshot.revision
    return bundle_record(now, now, accepted=False, reason=why, source=snapshot.source, key=snapshot.key)


def _records(report: ReloadReport, before: str, canary: str) -> list[Json]:
    """What to record of a reload: what decides now, for whom, and what was refused."""
    records = [
        bundle_record(
            report.revision,
            report.previous,
            accepted=report.accepted,
            reason=report.reason,
            source=report.source,
            key=report.key,
        )
    ]
    if canary and canary != before:
        records.append(bundle_record(canary, report.revision, accepted=True, reason="canary"))
    return records
