"""Who is governed by what: one consistent pair for each caller."""

from pathlib import Path

import pytest

from gateway.core.exchange import Caller
from gateway.flow.governance import Governance
from gateway.policy.authority import Authority
from gateway.policy.budgets import Budgets
from gateway.policy.releases import Releases
from gateway.policy.rollout import By, begin, canary, shadow, submit
from gateway.policy.store import Store
from gateway.providers.upstream import Routing
from gateway.server.governing import Governor, Ungoverned

RULE = 'package lictor.request\n\ndeny contains {"rule": "a.%s", "reason": "x"} if input.exchange.stream\n'
PLAN = 'package lictor.plan\n\ndetectors contains "patterns"\n\nresponse_detectors contains "patterns"\n'
BY = By("Ann")
CALLERS = [Caller(tenant=f"t{number}") for number in range(40)]


@pytest.fixture
def governance() -> Governance:
    return Governance(Routing([], []), Ungoverned(), str, lambda *_: b"", lambda _: "", lambda: 0)


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    store, revisions = Store(tmp_path / "store"), []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "rule.rego").write_text(RULE % name)
        (folder / "plan.rego").write_text(PLAN)
        revisions.append(store.add(folder))
    now = shadow(submit(begin(revisions[0], BY), revisions[1], BY), revisions[1], 1, Budgets(), BY)
    with store.locked():
        store.write(canary(now, revisions[1], 50, None, BY))
    return Releases(store, Authority)


def test_plan_and_judgement_come_from_one_revision(governance: Governance, releases: Releases) -> None:
    governor = Governor(governance, releases)
    seen = set()
    for caller in CALLERS:
        rules, policy = governor.current(caller)
        assert rules.rules.revision == policy.revision == releases.state.rollout.decides_for(caller.tenant)
        seen.add(policy.revision)
    assert len(seen) == 2


def test_the_same_caller_gets_the_very_same_pair(governance: Governance, releases: Releases) -> None:
    governor = Governor(governance, releases)
    before = [governor.current(caller) for caller in CALLERS]
    assert all(governor.current(caller)[1] is pair[1] for caller, pair in zip(CALLERS, before, strict=True))


def test_without_policy_everybody_is_ungoverned(governance: Governance) -> None:
    governor = Governor(governance, None)
    assert {governor.current(caller)[1].revision for caller in CALLERS} == {"none"}
