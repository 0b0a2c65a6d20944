"""Following a store: what a worker goes by after each step, and what it keeps when it cannot follow."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.policy.authority import Authority
from gateway.policy.budgets import Budgets
from gateway.policy.releases import Releases
from gateway.policy.rollout import By, Rollout, begin, canary, promote, rollback, shadow, submit
from gateway.policy.store import Store, StoreFault

RULE = 'package lictor.request\n\ndeny contains {"rule": "a.%s", "reason": "x"} if input.exchange.stream\n'
PLAN = 'package lictor.plan\n\ndetectors contains "patterns"\n\nresponse_detectors contains "patterns"\n'
BY = By("Ann")
TENANTS = [f"t{number}" for number in range(50)]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def add(store: Store, tmp_path: Path, name: str) -> str:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "rule.rego").write_text(RULE % name)
    (folder / "plan.rego").write_text(PLAN)
    return store.add(folder)


@pytest.fixture
def two(store: Store, tmp_path: Path) -> tuple[str, str]:
    """Two revisions; the first is in force."""
    first, second = add(store, tmp_path, "one"), add(store, tmp_path, "two")
    with store.locked():
        store.write(begin(first, BY))
    return first, second


def step(store: Store, following: Callable[[Rollout], Rollout]) -> None:
    with store.locked():
        now = store.rollout()
        assert now is not None
        store.write(following(now))


def to_canary(store: Store, revision: str, percent: float) -> None:
    step(store, lambda now: submit(now, revision, BY))
    step(store, lambda now: shadow(now, revision, 1, Budgets(), BY))
    step(store, lambda now: canary(now, revision, percent, None, BY))


def reload(releases: Releases) -> bool:
    assert releases.changed()
    accepted = releases.adopt(releases.prepare()).accepted
    assert not releases.changed()
    return accepted


def chosen(releases: Releases) -> set[str]:
    return {releases.choose(tenant).revision for tenant in TENANTS}


def test_each_step_is_followed(store: Store, two: tuple[str, str]) -> None:
    first, second = two
    releases = Releases(store, Authority)
    assert (releases.changed(), chosen(releases)) == (False, {first})
    step(store, lambda now: submit(now, second, BY))
    step(store, lambda now: shadow(now, second, 1, Budgets(), BY))
    assert reload(releases)
    assert chosen(releases) == {first}
    step(store, lambda now: canary(now, second, 50, None, BY))
    assert reload(releases)
    assert chosen(releases) == {first, second}
    for tenant in TENANTS:
        assert releases.choose(tenant).revision == releases.state.rollout.decides_for(tenant)
    step(store, lambda now: promote(now, second, 1, BY))
    assert reload(releases)
    assert (chosen(releases), releases.revision) == ({second}, second)
    step(store, lambda now: rollback(now, BY))
    assert reload(releases)
    assert chosen(releases) == {first}


def test_nobody_is_served_by_what_is_only_prepared(store: Store, two: tuple[str, str]) -> None:
    first, second = two
    releases = Releases(store, Authority)
    to_canary(store, second, 100)
    prepared = releases.prepare()
    assert chosen(releases) == {first}
    assert {snapshot.revision for snapshot in prepared.snapshots} == {first, second}
    releases.adopt(prepared)
    assert chosen(releases) == {second}


def test_an_exchange_keeps_its_revision(store: Store, two: tuple[str, str]) -> None:
    first, second = two
    releases = Releases(store, Authority)
    kept = releases.choose("t")
    to_canary(store, second, 100)
    reload(releases)
    assert (kept.revision, releases.choose("t").revision) == (first, second)


def test_a_step_loads_only_what_is_new(store: Store, two: tuple[str, str]) -> None:
    loaded = []

    def make(path: Path) -> Authority:
        loaded.append(path.name)
        return Authority(path)

    releases = Releases(store, make)
    to_canary(store, two[1], 10)
    reload(releases)
    for percent in (20, 30):
        step(store, lambda now, percent=percent: canary(now, two[1], percent, None, BY))  # type: ignore[misc]
        reload(releases)
    step(store, lambda now: promote(now, two[1], 1, BY))
    reload(releases)
    step(store, lambda now: rollback(now, BY))
    reload(releases)
    assert [f"sha256:{name}" for name in loaded] == list(two)


@pytest.mark.parametrize("spoil", ["gone", "missing", "altered", "broken"])
def test_what_cannot_be_followed_is_refused_and_looked_at_again(
    store: Store, two: tuple[str, str], spoil: str
) -> None:
    first, second = two
    releases = Releases(store, Authority)
    to_canary(store, second, 100)
    folder, rollout = store.bundle(second), (store.root / "rollout.json").read_bytes()
    rule = folder / "rule.rego"
    good = rule.read_text()
    if spoil == "gone":
        (store.root / "rollout.json").unlink()
    elif spoil == "missing":
        folder.rename(store.root / "elsewhere")
    else:
        rule.chmod(0o644)
        rule.write_text(good + "\n# more\n" if spoil == "altered" else "package lictor.request\n\ndeny {{\n")
    assert not reload(releases)
    assert chosen(releases) == {first}
    assert releases.state.refused
    if spoil == "gone":
        (store.root / "rollout.json").write_bytes(rollout)
    elif spoil == "missing":
        shutil.move(store.root / "elsewhere", folder)
    else:
        rule.write_text(good)
    step(store, lambda now: canary(now, second, 100, None, BY))
    assert reload(releases)
    assert chosen(releases) == {second}


def test_a_promotion_that_cannot_be_followed_leaves_the_old_state_whole(
    store: Store, two: tuple[str, str]
) -> None:
    """A canary that works goes on while the promotion of what is missing is refused."""
    first, second = two
    releases = Releases(store, Authority)
    to_canary(store, second, 50)
    reload(releases)
    before = {tenant: releases.choose(tenant).revision for tenant in TENANTS}
    other = "sha256:" + "0" * 64
    with store.locked():
        store.write(begin(other, BY))
    assert not reload(releases)
    assert {tenant: releases.choose(tenant).revision for tenant in TENANTS} == before
    assert set(before.values()) == {first, second}


def test_a_start_needs_a_revision_that_can_be_used(store: Store, two: tuple[str, str]) -> None:
    with pytest.raises(StoreFault):
        Releases(Store(store.root / "empty"), Authority)
    shutil.rmtree(store.bundle(two[0]))
    with pytest.raises(ConfigError, match="no revision"):
        Releases(store, Authority)
