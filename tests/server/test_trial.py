"""A trial: what is sampled, what a canary's budget does, and that a rollback is taken once."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.core.decision import Answer, Decision
from gateway.core.exchange import Caller, Exchange
from gateway.flow.commands import Judge
from gateway.policy.authority import Authority, Snapshot
from gateway.policy.budgets import Budgets
from gateway.policy.plan import Plan
from gateway.policy.releases import Releases
from gateway.policy.rollout import By, Rollout, begin, canary, shadow, submit
from gateway.policy.shadow import Asked, Shadow
from gateway.policy.store import Store
from gateway.server.trial import Means, Trial
from gateway.testing.ephemeral_log import EphemeralLog

RULE = 'package lictor.request\n\ndeny contains {"rule": "a.%s", "reason": "x"} if input.exchange.stream\n'
PLAN = 'package lictor.plan\n\ndetectors contains "patterns"\n\nresponse_detectors contains "patterns"\n'
BY = By("Ann")
QUESTION = Judge("request", Exchange("lx-1", "chat", "openai_chat", Caller()), Plan((), ()), [], [], [])


class Records:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []

    async def append_all(self, records: Sequence[dict[str, Any]]) -> bool:
        """Keep."""
        self.kept += records
        return True


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """The first of two revisions is in force, the second is the candidate."""
    store, revisions = Store(tmp_path / "store"), []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "rule.rego").write_text(RULE % name)
        (folder / "plan.rego").write_text(PLAN)
        revisions.append(store.add(folder))
    with store.locked():
        # There is something to roll back to, which a second rollback of the candidate would do.
        now = replace(begin(revisions[0], BY), previous=revisions[1])
        store.write(submit(now, revisions[1], BY))
    return store


def step(store: Store, following: Callable[[Rollout], Rollout]) -> Rollout:
    with store.locked():
        now = store.rollout()
        assert now is not None
        store.write(following(now))
    return following(now)


def in_canary(store: Store, budgets: Budgets) -> Rollout:
    step(store, lambda now: shadow(now, now.candidate, 1, Budgets(), BY))
    return step(store, lambda now: canary(now, now.candidate, 100, budgets, BY))


class Worker:
    """One worker's part."""

    def __init__(self, store: Store, log: EphemeralLog) -> None:
        self.releases = Releases(store, Authority)
        self.trial = Trial(Means(self.releases, Records(), log, 0.1))

    def decides(self, answer: Answer, times: int, micros: int = 100) -> None:
        """The canary decides."""
        self._judged(self.releases.choose("t"), answer, times, micros)

    def decided(self, times: int, micros: int) -> None:
        """The enforced revision decides."""
        self._judged(self.releases.state.enforced, Answer.ALLOW, times, micros)

    def _judged(self, snapshot: Snapshot, answer: Answer, times: int, micros: int) -> None:
        decision = Decision("request", answer, (), (), snapshot.revision)
        for _ in range(times):
            self.trial.judged(snapshot, QUESTION, decision, micros)


async def test_a_canary_that_fails_is_taken_back_once_by_whoever_notices(store: Store) -> None:
    log = EphemeralLog()
    before = in_canary(store, Budgets(least=50))
    workers = [Worker(store, log) for _ in range(3)]
    for worker in workers:
        worker.decides(Answer.ALLOW, 100)
        await worker.trial.judge()
    assert store.rollout() == before
    for worker in workers:
        worker.decides(Answer.ERROR_CLOSED, 10)
    for worker in workers:
        await worker.trial.judge()
    after = store.rollout()
    assert after is not None
    assert (after.version, after.candidate, after.stage) == (before.version + 1, "", "none")
    (record,) = log.of_type("approval")
    assert (record["automatic"], record["revision"]) == (True, before.candidate)
    assert record["reason"].startswith("errors: 10 of 110")


async def test_a_rollback_that_cannot_be_recorded_is_not_taken(store: Store) -> None:
    log = EphemeralLog()
    before = in_canary(store, Budgets(least=50))
    worker = Worker(store, log)
    worker.decides(Answer.ERROR_CLOSED, 100)
    log.broken = True
    await worker.trial.judge()
    assert store.rollout() == before
    log.broken = False
    await worker.trial.judge()
    assert store.rollout() != before


async def test_a_slow_canary_is_compared_with_the_enforced_revision(store: Store) -> None:
    before = in_canary(store, Budgets(least=50, latency=3.0))
    worker = Worker(store, EphemeralLog())
    worker.decided(60, 100)
    worker.decides(Answer.ALLOW, 60, micros=290)
    await worker.trial.judge()
    assert store.rollout() == before
    worker.decides(Answer.ALLOW, 60, micros=400)
    await worker.trial.judge()
    assert store.rollout() != before


async def test_a_sample_has_whole_exchanges_and_the_enforced_revisions_only(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[Asked] = []
    monkeypatch.setattr(Shadow, "start", lambda _: None)
    monkeypatch.setattr(Shadow, "offer", lambda _, asked: offered.append(asked))
    step(store, lambda now: shadow(now, now.candidate, 0.25, Budgets(), BY))
    worker = Worker(store, EphemeralLog())
    enforced = worker.releases.state.enforced
    decision = Decision("request", Answer.ALLOW, (), (), enforced.revision)
    for number in range(400):
        exchange = replace(QUESTION.exchange, id=f"lx-{number}")
        for phase in ("request", "response"):
            worker.trial.judged(enforced, replace(QUESTION, exchange=exchange, phase=phase), decision, 1)
    ids = [asked.matter.exchange.id for asked in offered]
    assert 140 < len(ids) < 260
    assert all(ids.count(each) == 2 for each in set(ids))
    assert not [thread for thread in threading.enumerate() if thread.name == "policy-shadow"]
