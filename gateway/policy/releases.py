"""Releases: follows a policy store. Hands out the enforced revision, or the candidate to its canary tenants.

Whatever happens to the store, the last good revision stays: an unreadable rollout, a missing or broken
revision and a candidate that fails its checks are refused with a reason, and looked at again when the
rollout changes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from gateway.core.errors import ConfigError, GatewayFault
from gateway.policy.authority import Authority, Prepared, ReloadReport, Snapshot, tell
from gateway.policy.complaint import Complaint
from gateway.policy.rollout import Rollout
from gateway.policy.store import Store, StoreFault

Make = Callable[[Path], Authority]
"""Checks and loads one bundle; raises ConfigError where it cannot be used."""


class Following(Protocol):
    """What the gateway asks of an authority, whether it follows one bundle or a store."""

    @property
    def revision(self) -> str:
        """The revision in force."""

    @property
    def last_reload(self) -> ReloadReport | None:
        """How the last reload went; None where there was none since the start."""

    def choose(self, tenant: str) -> Snapshot:
        """What an exchange of this tenant uses from start to end."""

    def changed(self) -> bool:
        """Whether a reload would find something new."""

    def prepare(self) -> Prepared:
        """The heavy half of a reload, for any thread."""

    def adopt(self, prepared: Prepared) -> ReloadReport:
        """The light half, for the thread that serves."""


@dataclass(frozen=True, slots=True)
class State:
    """What one worker goes by. Replaced whole, so that nobody sees half of a step."""

    rollout: Rollout
    enforced: Snapshot
    candidate: Snapshot | None = None
    """The revision in canary."""

    refused: str = ""
    """Why the worker does not do what the rollout says, or an empty string."""

    def choose(self, tenant: str) -> Snapshot:
        """Who decides for a tenant."""
        if self.candidate is None or not self.rollout.in_canary(tenant):
            return self.enforced
        return self.candidate


@dataclass(frozen=True, slots=True)
class Turned(Prepared):
    """The state that a reload leads to."""

    state: State | None = None
    stamp: tuple[int, int, int] = (0, 0, 0)


@dataclass(slots=True)
class _Loaded:
    """Snapshots by revision, so that a step loads what is new and nothing else."""

    make: Make
    store: Store
    kept: dict[str, Snapshot] = field(default_factory=dict)

    def get(self, revision: str) -> Snapshot:
        """The snapshot of a revision. Raises ConfigError."""
        if revision not in self.kept:
            snapshot = self.make(self.store.bundle(revision)).snapshot()
            if snapshot.revision != revision:
                raise StoreFault(f"revision {revision} holds {snapshot.revision}: it was altered")
            self.kept[revision] = snapshot
        return self.kept[revision]

    def keep_only(self, *revisions: str) -> None:
        """Let go of the others."""
        self.kept = {name: each for name, each in self.kept.items() if name in revisions}


class Releases:
    """Follows the store. Start-up without a usable enforced revision raises; a bad step later is refused."""

    def __init__(self, store: Store, make: Make) -> None:
        self.store = store
        self._loaded = _Loaded(make, store)
        self._stamp = store.stamp()
        rollout = store.rollout()
        if rollout is None:
            raise StoreFault(f"{store.root}: there is no rollout")
        self._state = State(rollout, self._loaded.get(rollout.enforced))
        self._last: ReloadReport | None = None
        self._state = self._followed(rollout)

    @property
    def revision(self) -> str:
        """The enforced revision."""
        return self._state.enforced.revision

    @property
    def state(self) -> State:
        """What this worker goes by."""
        return self._state

    @property
    def last_reload(self) -> ReloadReport | None:
        """How the last reload went; None where there was none since the start."""
        return self._last

    def choose(self, tenant: str) -> Snapshot:
        """What an exchange of this tenant uses from start to end."""
        return self._state.choose(tenant)

    def changed(self) -> bool:
        """Whether somebody has taken a step; one look at a file."""
        return self.store.stamp() != self._stamp

    def prepare(self) -> Turned:
        """Read the rollout, check and load what it names; keep what cannot be followed as it was."""
        before, stamp = self._state, self.store.stamp()
        try:
            rollout = self.store.rollout()
            if rollout is None:
                raise StoreFault(f"{self.store.root}: the rollout is gone")
            state = self._followed(rollout)
        except (GatewayFault, OSError) as error:
            state = State(before.rollout, before.enforced, before.candidate, str(error))
        return Turned(_report(before, state), self._snapshots(state), state, stamp)

    def adopt(self, prepared: Prepared) -> ReloadReport:
        """Begin to go by what was prepared."""
        assert isinstance(prepared, Turned)  # noqa: S101 - what `prepare` gave
        if prepared.state is not None:
            self._state, self._stamp = prepared.state, prepared.stamp
            state = prepared.state
            self._loaded.keep_only(state.enforced.revision, state.rollout.previous, state.rollout.candidate)
        self._last = prepared.report
        tell(prepared.report)
        return prepared.report

    def _followed(self, rollout: Rollout) -> State:
        """The enforced revision has to be there; a candidate that is not is refused alone."""
        enforced = self._loaded.get(rollout.enforced)
        if rollout.stage != "canary":
            return State(rollout, enforced)
        try:
            return State(rollout, enforced, self._loaded.get(rollout.candidate))
        except (ConfigError, OSError) as error:
            return State(rollout, enforced, None, str(error))

    def _snapshots(self, state: State) -> tuple[Snapshot, ...]:
        return tuple(each for each in (state.enforced, state.candidate) if each is not None)


def _report(before: State, after: State) -> ReloadReport:
    complaints = (Complaint("rollout", 1, "rollout", after.refused),) if after.refused else ()
    return ReloadReport(
        not after.refused,
        before.enforced.revision,
        after.enforced.revision,
        complaints,
        after.refused,
        after.enforced.source,
        after.enforced.key,
    )
