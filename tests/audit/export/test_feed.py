"""Moving on: everything arrives, the position moves only with what arrived, and another log is noticed."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.audit.export.entry import Entry, Head
from gateway.audit.export.feed import Feed
from gateway.audit.export.position import Position, load, save
from gateway.audit.export.reading import Disorder, snapshot
from gateway.audit.export.selection import Selection
from gateway.audit.export.targets.base import Undelivered
from gateway.audit.stores.opening import open_source
from tests.audit.export.past import Past, heartbeats


class Taker:
    """Takes what it is given, or loses the way after some batches."""

    def __init__(self, *, lasting: bool = True, fail_at: Sequence[int] = (), final: bool = False) -> None:
        self.lasting, self._final = lasting, final
        self.taken: list[int] = []
        self.ends: list[str] = []
        self._fail_at, self._calls = set(fail_at), 0

    def send(self, entries: Sequence[Entry]) -> None:
        self._calls += 1
        if self._calls in self._fail_at:
            self.taken += [entry.index for entry in entries[:3]]  # some had arrived
            raise Undelivered("lost the way", final=self._final)
        self.taken += [entry.index for entry in entries]

    def finish(self) -> None:
        self.ends.append("finish")

    def abandon(self) -> None:
        self.ends.append("abandon")


def feed(path: Path, target: Taker, state: Path | None = None, **more: object) -> Feed:
    made = Feed(open_source(path), target, state=state)
    for name, value in more.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def past(tmp_path: Path) -> Past:
    past = Past(tmp_path / "log")
    past.grow(heartbeats(600))
    return past


def test_everything_arrives_once(past: Past, tmp_path: Path) -> None:
    taker, state = Taker(), tmp_path / "state"
    feed(past.path, taker, state).once(snapshot(past.path))
    assert (taker.taken, taker.ends) == (list(range(600)), ["finish"])
    assert load(state) == Position.under(snapshot(past.path).head, 600)


def test_the_next_run_goes_on_where_the_last_one_ended(past: Past, tmp_path: Path) -> None:
    state, taker = tmp_path / "state", Taker()
    feed(past.path, taker, state).once(snapshot(past.path))
    past.grow(heartbeats(5))
    position = load(state)
    assert position
    feed(past.path, taker, state, after=position.after).once(snapshot(past.path))
    assert taker.taken == list(range(605))


def test_a_batch_is_tried_again(past: Past) -> None:
    told: list[str] = []
    taker = Taker(fail_at=[2, 3])
    feed(past.path, taker, warn=told.append).once(snapshot(past.path))
    assert sorted(set(taker.taken)) == list(range(600))
    assert told == ["lost the way; entries from 256 on are tried again"] * 2


@pytest.mark.parametrize("more", [{"patience_s": 0.0}, {"final": True}])
def test_what_does_not_arrive_leaves_the_position(
    past: Past, tmp_path: Path, more: dict[str, object]
) -> None:
    state, final = tmp_path / "state", bool(more.pop("final", False))
    taker = Taker(fail_at=[2], final=final)
    with pytest.raises(Undelivered):
        feed(past.path, taker, state, **more).once(snapshot(past.path))
    position = load(state)
    assert position
    assert (position.after, taker.ends) == (256, ["abandon"])
    again = Taker()
    feed(past.path, again, state, after=position.after).once(snapshot(past.path))
    assert again.taken == list(range(256, 600))


def test_a_file_that_is_not_complete_moves_nothing(past: Past, tmp_path: Path) -> None:
    state, taker = tmp_path / "state", Taker(lasting=False, fail_at=[2], final=True)
    with pytest.raises(Undelivered):
        feed(past.path, taker, state).once(snapshot(past.path))
    assert load(state) is None


def test_what_is_not_wanted_moves_the_position_too(past: Past, tmp_path: Path) -> None:
    taker, state = Taker(), tmp_path / "state"
    feed(past.path, taker, state, selection=Selection(frozenset({"gate"}))).once(snapshot(past.path))
    position = load(state)
    assert position
    assert (taker.taken, position.after) == ([], 600)


def test_following_takes_what_comes_until_it_is_stopped(past: Past, tmp_path: Path) -> None:
    taker, state = Taker(), tmp_path / "state"
    made = feed(past.path, taker, state)
    thread = threading.Thread(target=made.follow, args=(snapshot(past.path), 0.01))
    thread.start()
    for count in (1, 300, 2):
        past.grow(heartbeats(count))
        waited = threading.Event()
        for _ in range(2000):
            if len(taker.taken) == past.size:
                break
            waited.wait(0.01)
    made.stop.set()
    thread.join()
    position = load(state)
    assert position
    assert (taker.taken, taker.ends, position.after) == (list(range(903)), ["finish"], 903)


def test_a_fork_that_comes_while_following_ends_it(past: Past, tmp_path: Path) -> None:
    fork, taker = Past(tmp_path / "fork"), Taker()
    fork.grow([*heartbeats(599), {"type": "bypass"}, *heartbeats(9)])
    made = feed(past.path, taker)
    then = snapshot(past.path)
    made.source = open_source(fork.path)
    rescue = threading.Timer(20, made.stop.set)  # whoever does not notice would follow for ever
    rescue.start()
    with pytest.raises(Disorder, match="first 600 entries are not those"):
        made.follow(then, 0.01)
    rescue.cancel()
    assert (taker.taken, taker.ends) == (list(range(600)), ["abandon"])


def test_pruned_entries_are_told(past: Past) -> None:
    (past.path / "minimum").write_text("256\n")
    (past.path / "tile/entries/000").unlink()
    told: list[str] = []
    taker = Taker()
    feed(past.path, taker, warn=told.append).once(snapshot(past.path))
    assert taker.taken == list(range(256, 600))
    assert told == ["entries 0 to 255 were pruned: the export goes on at 256"]


def test_another_log_a_shorter_one_and_a_fork_are_noticed(past: Past, tmp_path: Path) -> None:
    then = Position.under(snapshot(past.path).head, 600)
    past.grow(heartbeats(9))
    then.check(snapshot(past.path))
    shorter, fork = Past(tmp_path / "shorter"), Past(tmp_path / "fork")
    shorter.grow(heartbeats(599))
    fork.grow([*heartbeats(599), {"type": "bypass"}, *heartbeats(9)])
    for path, why in ((shorter.path, "had 600"), (fork.path, "first 600")):
        with pytest.raises(Disorder, match=why):
            then.check(snapshot(path))
    with pytest.raises(Disorder, match="the state is of"):
        Position.under(Head("elsewhere", 0, ""), 0).check(snapshot(past.path))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version":2,"after":1}', '{"version":1,"after":"x"}'])
def test_a_state_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "state").write_text(text)
    with pytest.raises(ValueError, match="is no state of an export"):
        load(tmp_path / "state")


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    position = Position(7, "a/b", 9, "ff")
    save(tmp_path / "state", position)
    assert load(tmp_path / "state") == position
