"""The policy store: copies that never change, and a rollout that is whole or refused."""

import multiprocessing
import os
import shutil
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.policy.rollout import By, IllegalStep, begin, submit
from gateway.policy.shipped import baseline
from gateway.policy.store import Store, StoreFault

RULE = (
    'package lictor.request\n\ndeny contains {"rule": "a.one", "reason": "One."} if input.exchange.stream\n'
)
BY = By("Ann")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "rule.rego").write_text(RULE)
    (folder / "data.json").write_text("{}")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_a_copy_stays_when_the_original_changes(store: Store, bundle: Path) -> None:
    revision = store.add(bundle)
    assert store.add(bundle) == revision
    (bundle / "deep" / "rule.rego").write_text(RULE.replace("one", "two"))
    other = store.add(bundle)
    assert store.revisions() == sorted([revision, other])
    assert (store.bundle(revision) / "deep" / "rule.rego").read_text() == RULE
    assert not list(store.root.glob("revisions/.*"))


def test_a_revision_is_found_by_its_first_digits(store: Store, bundle: Path) -> None:
    revision = store.add(bundle)
    assert store.find(revision) == store.find(revision[7:15]) == revision
    for name in ("", "sha256:", "zz"):
        with pytest.raises(StoreFault, match="revisions begin"):
            store.find(name)


def test_what_is_no_bundle_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError):
        store.add(tmp_path / "empty")
    assert store.revisions() == []
    for name in ("sha256:" + "a" * 64, "sha256:../..", "x"):
        with pytest.raises(StoreFault):
            store.bundle(name)


def test_the_rollout_is_what_was_written_last(store: Store) -> None:
    assert store.rollout() is None
    first = begin("sha256:" + "a" * 64, BY)
    before = store.stamp()
    with store.locked():
        store.write(first)
    assert store.rollout() == first
    assert store.stamp() != before
    assert sorted(path.name for path in store.root.iterdir()) == ["lock", "rollout.json"]


@pytest.mark.parametrize("spoiled", ["", "{", "[]", "null", '{"format": 1}', '{"format": 99}', "\xff"])
def test_a_rollout_that_cannot_be_understood_is_refused_by_name(store: Store, spoiled: str) -> None:
    with store.locked():
        (store.root / "rollout.json").write_bytes(spoiled.encode("latin-1"))
    with pytest.raises(StoreFault, match=r"rollout\.json: \w"):
        store.rollout()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_that_cannot_be_written_says_so(store: Store, bundle: Path) -> None:
    store.root.mkdir()
    store.root.chmod(0o500)
    try:
        with pytest.raises(StoreFault), store.locked():
            pass
        with pytest.raises(StoreFault):
            store.add(bundle)
    finally:
        store.root.chmod(0o700)


def test_a_store_where_a_file_is_in_the_way_says_so(tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file")
    with pytest.raises(StoreFault), store.locked():
        pass
    with pytest.raises(StoreFault):
        store.add(bundle)


def _steps(root: Path, name: str, times: int) -> None:
    """Take steps, as a process of its own."""
    store = Store(root)
    for number in range(times):
        with store.locked():
            now = store.rollout()
            assert now is not None
            store.write(submit(now, "sha256:" + f"{number:x}"[-1] * 64, By(name)))


def test_no_step_of_two_processes_is_lost(store: Store) -> None:
    with store.locked():
        store.write(begin("sha256:" + "f" * 64, BY))
    context = multiprocessing.get_context("spawn")
    racing = [context.Process(target=_steps, args=(store.root, name, 15)) for name in ("a", "b")]
    for process in racing:
        process.start()
    seen = set()
    while any(process.is_alive() for process in racing):
        now = store.rollout()  # a reader never sees half a file
        assert now is not None
        seen.add(now.version)
    for process in racing:
        process.join()
    assert [process.exitcode for process in racing] == [0, 0]
    last = store.rollout()
    assert last is not None
    assert last.version == 31


def test_a_broken_step_leaves_the_rollout_and_the_lock_free(store: Store) -> None:
    with store.locked():
        store.write(begin("sha256:" + "a" * 64, BY))
    with pytest.raises(IllegalStep), store.locked():
        raise IllegalStep("no")
    with store.locked():
        assert store.rollout() is not None


def test_the_shipped_bundle_can_be_kept(store: Store) -> None:
    revision = store.add(baseline())
    shutil.rmtree(store.bundle(revision))
    with pytest.raises(StoreFault, match="no revision"):
        store.bundle(revision)
