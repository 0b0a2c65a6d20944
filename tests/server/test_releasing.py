"""A step is recorded before it is taken, or not taken."""

from pathlib import Path
from typing import Any

import pytest

from gateway.audit.log import Receipt
from gateway.core.errors import RecordFault
from gateway.policy.budgets import Budgets
from gateway.policy.rollout import By, IllegalStep, begin, rollback, shadow, submit
from gateway.policy.store import Store
from gateway.server.releasing import Deed, needed, take, unchanged_since
from gateway.testing.ephemeral_log import EphemeralLog

FIRST, SECOND = ("sha256:" + digit * 64 for digit in "ab")
ANN = By("Ann", "why", 7)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    with store.locked():
        store.write(shadow(submit(begin(FIRST, ANN), SECOND, ANN), SECOND, 0.25, Budgets(), ANN))
    return store


def test_the_record_says_what_is_done_by_whom_and_why(store: Store) -> None:
    log = EphemeralLog()
    after = take(store, log, Deed("rollback", ANN, SECOND), lambda now: rollback(needed(now), ANN))
    assert store.rollout() == after
    (record,) = log.records
    told = {"action": "rollback", "revision": SECOND, "previous": FIRST, "approver": "Ann", "version": 4}
    assert told.items() <= record.items()


def test_a_record_that_fails_leaves_the_rollout(store: Store) -> None:
    log, before = EphemeralLog(), store.rollout()
    log.broken = True
    with pytest.raises(RecordFault):
        take(store, log, Deed("rollback", ANN), lambda now: rollback(needed(now), ANN))
    assert store.rollout() == before


def test_an_automatic_step_is_taken_once(store: Store) -> None:
    """Two workers notice together: the second finds another version and lets it be."""
    log = EphemeralLog()
    step = unchanged_since(3, lambda now: rollback(now, ANN))
    take(store, log, Deed("rollback", ANN, automatic=True), step)
    with pytest.raises(IllegalStep, match="no longer at 3"):
        take(store, log, Deed("rollback", ANN, automatic=True), step)
    assert len(log.records) == 1


def test_a_process_that_dies_between_record_and_state_can_be_repeated(store: Store) -> None:
    class Dying(EphemeralLog):
        def append_sync(self, record: dict[str, Any], timeout: float | None = None) -> Receipt:
            super().append_sync(record, timeout)
            raise KeyboardInterrupt

    before = store.rollout()
    with pytest.raises(KeyboardInterrupt):
        take(store, Dying(), Deed("rollback", ANN), lambda now: rollback(needed(now), ANN))
    assert store.rollout() == before
    take(store, EphemeralLog(), Deed("rollback", ANN), lambda now: rollback(needed(now), ANN))


def test_an_empty_store_allows_no_step(tmp_path: Path) -> None:
    with pytest.raises(IllegalStep, match="empty"):
        take(
            Store(tmp_path / "new"),
            EphemeralLog(),
            Deed("rollback", ANN),
            lambda now: rollback(needed(now), ANN),
        )
