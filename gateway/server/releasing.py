"""Taking a step of the rollout: the record first, then the state, both under the store's lock.

A record that cannot be made durable leaves everything as it was. A process that dies between the two leaves
a record of a step that was not taken; the ``bundle`` records of the workers tell what was really in force.
"""

import getpass
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from gateway.audit.events import approval_record
from gateway.policy.check import check
from gateway.policy.contents import BundleError
from gateway.policy.rollout import By, IllegalStep, Rollout, begin
from gateway.policy.source import Admission
from gateway.policy.store import Store

Step = Callable[[Rollout | None], Rollout]
"""From the rollout as it is (None: there is none yet) to the one that follows; raises ``IllegalStep``."""


class Log(Protocol):
    """Where steps are recorded."""

    def append_sync(self, record: dict[str, Any], timeout: float | None = None) -> object:
        """Return when the record is durable. Raises ``RecordFault``."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What the record says of a step, beside what the rollout itself says."""

    action: str
    by: By
    revision: str = ""
    """What it is about; the revision in force afterwards where it is left out."""

    automatic: bool = False
    evidence: Mapping[str, str] | None = None


def take(store: Store, log: Log | None, deed: Deed, step: Step) -> Rollout:
    """Take one step; the rollout that follows.

    Raises:
        IllegalStep: the rollout does not allow it.
        StoreFault: the store cannot be read or written.
        RecordFault: the step could not be recorded, so it was not taken.
    """
    with store.locked():
        before = store.rollout()
        after = step(before)
        if log is not None:
            log.append_sync(_record(deed, before, after))
        store.write(after)
    return after


def needed(now: Rollout | None) -> Rollout:
    """The rollout; raises ``IllegalStep`` where there is none yet."""
    if now is None:
        raise IllegalStep("the store is empty: start a gateway on it, or submit a bundle to it first")
    return now


def unchanged_since(version: int, step: Callable[[Rollout], Rollout]) -> Step:
    """The step, if nobody has taken another meanwhile."""

    def guarded(now: Rollout | None) -> Rollout:
        if needed(now).version != version:
            raise IllegalStep(f"the rollout is at version {needed(now).version}, no longer at {version}")
        return step(needed(now))

    return guarded


def seed(store: Store, bundle: Path, admission: Admission | None = None) -> None:
    """Let an empty store begin with a bundle, if it is admitted; another store stays as it is.

    Raises:
        ConfigError: the bundle cannot be put in force, or the store not be used.
    """
    if store.rollout() is not None:
        return
    if complaints := check(bundle, admission):
        first = complaints[0]
        raise BundleError(first.file, first.line, first.rule, first.message)
    revision = store.add(bundle, admission)
    with store.locked():
        if store.rollout() is None:
            store.write(begin(revision, by("", f"the store was empty: {bundle}")))


def by(approver: str, reason: str) -> By:
    """Somebody, now."""
    return By(approver, reason, time.time_ns() // 1_000_000)


def user() -> str:
    """The user of the operating system, where there is a name for it."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _record(deed: Deed, before: Rollout | None, after: Rollout) -> dict[str, Any]:
    return approval_record(
        action=deed.action,
        revision=deed.revision or after.candidate or after.enforced,
        previous=before.enforced if before else "",
        approver=deed.by.approver,
        user=user(),
        reason=deed.by.reason,
        version=after.version,
        automatic=deed.automatic,
        evidence=deed.evidence,
        limits=_limits(after),
    )


def _limits(after: Rollout) -> dict[str, float] | None:
    if after.stage == "none":
        return None
    return {"sample": after.sample, "percent": after.percent, **asdict(after.budgets)}
