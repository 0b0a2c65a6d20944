"""A candidate on trial: watches what is decided, asks a shadow or follows a canary, and ends it if it must.

It sees every decision after it was made and changes none. What it saw goes into the log and into metrics;
where a budget is exceeded it takes the rollout back, once, whichever worker notices first.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from gateway.audit.events import divergence_record, shadow_record
from gateway.core.decision import Answer, Decision
from gateway.core.errors import ConfigError, RecordFault
from gateway.flow.commands import Judge
from gateway.policy.authority import Snapshot
from gateway.policy.budgets import Seen, exceeded
from gateway.policy.facts import Digest
from gateway.policy.releases import Releases, State
from gateway.policy.rollout import IllegalStep, Rollout, rollback
from gateway.policy.shadow import Asked, Candidate, Shadow
from gateway.policy.sightings import Interval
from gateway.policy.source import Admission
from gateway.policy.store import StoreFault
from gateway.server.releasing import Deed, Log, by, take, unchanged_since

_log = logging.getLogger("lictor")

AUTOMATIC = "automatic"
"""The approver of a step that a budget took."""


class Recorder(Protocol):
    """Where what was seen is told."""

    async def append_all(self, records: Sequence[dict[str, Any]]) -> bool:
        """Return when all are durable. Raises ``RecordFault``."""


@dataclass(frozen=True, slots=True)
class Means:
    """What a trial works with."""

    releases: Releases
    recorder: Recorder
    log: Log | None
    """Where a rollback is recorded."""

    share: float
    """Share of a processor for the shadow."""

    digest: Digest | None = None
    """Keyed digest of a text, for candidates whose rules read digests."""

    admission: Admission | None = None
    """Which candidates may be asked."""


class Trial:
    """Follows one worker's part of the trial."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._state = means.releases.state
        self._shadow: Shadow | None = None
        self._seen: dict[str, Seen] = {}
        """What the canary showed, by revision."""

        self.follow()

    @property
    def unfit(self) -> str:
        """Why the candidate in shadow cannot be asked, or an empty string."""
        return self._shadow.unfit if self._shadow else ""

    def judged(self, snapshot: Snapshot, question: Judge, decision: Decision, micros: int) -> None:
        """One decision; neither waits nor raises."""
        stage, revision = self._state.rollout.stage, snapshot.revision
        if stage == "canary":
            closed = decision.answer is Answer.ERROR_CLOSED
            self._seen[revision] = self._seen.get(revision, Seen()) + Seen(1, 0, closed, micros)
        elif stage == "shadow" and self._asks(revision, question.exchange.id):
            self._offer(Asked(question, decision, micros))

    def follow(self) -> None:
        """Go by the rollout as it is now. May wait for a shadow to end: not for the event loop."""
        state = self._means.releases.state
        if _same_trial(self._state, state) and (self._shadow or state.rollout.stage != "shadow"):
            self._state = state
            return
        ended, self._shadow = self._shadow, None
        self._state, self._seen = state, {}
        if ended is not None:
            ended.stop()
        if state.rollout.stage == "shadow":
            self._begin(state.rollout)

    async def report(self) -> None:
        """Tell what was seen since the last report."""
        if self._shadow is not None:
            await self._tell(self._shadow)

    async def judge(self) -> None:
        """Take the rollout back where a budget is exceeded."""
        if reason := self._exceeded():
            await asyncio.to_thread(self._take_back, reason)

    def stop(self) -> None:
        """End the shadow."""
        if self._shadow is not None:
            self._shadow.stop()

    # -- the shadow ------------------------------------------------------------------------------

    def _begin(self, rollout: Rollout) -> None:
        means = self._means
        try:
            path = means.releases.store.bundle(rollout.candidate)
        except StoreFault as fault:
            _log.warning("no shadow: %s", fault)
            return
        installed = self._state.enforced.installed
        candidate = Candidate(rollout.candidate, path, installed, means.digest, means.share, means.admission)
        self._shadow = Shadow(candidate)
        self._shadow.start()

    def _offer(self, asked: Asked) -> None:
        if self._shadow is not None:
            self._shadow.offer(asked)

    def _asks(self, revision: str, exchange: str) -> bool:
        """Whether an exchange is in the sample: with all its decisions, or none."""
        if revision != self._state.rollout.enforced:  # it began before the last step
            return False
        digest = hashlib.blake2b(exchange.encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big") < self._state.rollout.sample * 2**32

    async def _tell(self, shadow: Shadow) -> None:
        seen = shadow.sightings.interval()
        if seen.empty:
            return
        records = _records(self._state.rollout.enforced, shadow.candidate.revision, seen)
        try:
            await self._means.recorder.append_all(records)
        except RecordFault as fault:
            _log.warning("what the shadow saw is not recorded: %s", fault)

    # -- budgets ---------------------------------------------------------------------------------

    def _exceeded(self) -> str:
        rollout = self._state.rollout
        if rollout.stage == "canary":
            candidate = self._seen.get(rollout.candidate, Seen())
            return exceeded(rollout.budgets, candidate, self._seen.get(rollout.enforced, Seen()))
        if self._shadow is None:
            return ""
        if self._shadow.unfit:
            return f"unfit: {self._shadow.unfit}"
        candidate, enforced = self._shadow.sightings.seen
        # Another process, with other memories: its times are told, and not compared.
        return exceeded(replace(rollout.budgets, latency=0.0), candidate, enforced)

    def _take_back(self, reason: str) -> None:
        rollout = self._state.rollout
        who = by(AUTOMATIC, reason)
        deed = Deed("rollback", who, rollout.candidate, automatic=True)
        step = unchanged_since(rollout.version, lambda now: rollback(now, who))
        try:
            take(self._means.releases.store, self._means.log, deed, step)
        except IllegalStep:
            return  # another worker was first, or a person
        except (ConfigError, RecordFault) as fault:
            _log.warning("the rollout should be taken back (%s) and cannot: %s", reason, fault)
            return
        _log.warning("the rollout of %s is taken back: %s", rollout.candidate, reason)


def _same_trial(before: State, after: State) -> bool:
    """Whether what was seen of the candidate still counts."""
    old, new = before.rollout, after.rollout
    return (old.candidate, old.stage, old.enforced) == (new.candidate, new.stage, new.enforced)


def _records(revision: str, candidate: str, seen: Interval) -> list[dict[str, Any]]:
    summary = shadow_record(
        revision=revision, candidate=candidate, tally=seen.tally.to_json(), counts=seen.counts
    )
    singles = [
        divergence_record(
            exchange=single.exchange,
            phase=single.change.phase,
            revision=revision,
            candidate=candidate,
            change=single.change.kind.value,
            answers=(single.change.old.value, single.change.new.value),
            rules=single.change.responsible,
        )
        for single in seen.singles
    ]
    return [summary, *singles]
