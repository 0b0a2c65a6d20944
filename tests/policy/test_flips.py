import json
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.decision import Answer
from gateway.policy.compare import Change, Delta, Kind, not_compared
from gateway.policy.flips import FlipMatrix, Tally


Items = list[tuple[Change, list[tuple[str, str]]]]


def _compared(old: Answer, new: Answer, rules: list[str]) -> Change:
    kind = Kind.SAME if old is new else Kind.STRICTER if new.weight > old.weight else Kind.LOOSER
    return Change("request", kind, old, new, tuple(Delta(rule, "added", flips=True) for rule in rules))


answers = st.sampled_from(list(Answer))
changes = st.builds(
    _compared, answers, answers, st.lists(st.sampled_from(["a.a", "b.b"]), min_size=1, unique=True)
) | st.builds(not_compared, st.just("request"), st.sampled_from([k for k in Kind if not k.compared]), answers)
strata = st.lists(st.sampled_from([("tenant", "x"), ("tenant", "y"), ("model", "x")]), unique=True)
counted = st.lists(st.tuples(changes, strata), max_size=20)


def _tally(items: Items) -> Tally:
    tally = Tally()
    for change, names in items:
        tally.add(change, names)
    return tally


@given(counted, counted)
def test_two_counts_make_one(first: Items, second: Items) -> None:
    together = _tally([*first, *second])
    apart = _tally(first)
    apart.merge(_tally(second))
    assert apart.to_json() == together.to_json()


@given(counted)
def test_json_and_back(items: Items) -> None:
    spelled = json.loads(json.dumps(_tally(items).to_json()))
    assert Tally.from_json(spelled).to_json() == spelled


@given(st.lists(changes))
def test_counts_are_what_counting_by_hand_gives(items: list[Change]) -> None:
    matrix = FlipMatrix()
    for change in items:
        matrix.add(change)
    compared = [change for change in items if change.kind.compared]
    assert matrix.total == len(items)
    assert matrix.compared == len(compared)
    assert matrix.flipped == sum(change.kind is not Kind.SAME for change in compared)
    assert matrix.newly_stopped == sum(change.newly_stopped for change in items)
    assert matrix.newly_released == sum(change.newly_released for change in items)
    for old, new in product(Answer, Answer):
        assert matrix.cells[old, new] == sum((c.old, c.new) == (old, new) for c in compared)


def test_a_share_has_the_denominator_that_fits() -> None:
    matrix = FlipMatrix()
    for change in (
        _compared(Answer.ALLOW, Answer.DENY, ["a.a"]),
        _compared(Answer.ALLOW, Answer.ALLOW, []),
        not_compared("request", Kind.UNKNOWN, Answer.ALLOW),
        not_compared("request", Kind.UNKNOWN, Answer.ALLOW),
    ):
        matrix.add(change)
    assert matrix.share_of(Kind.STRICTER).share == 0.5
    assert matrix.share_of(Kind.UNKNOWN).share == 0.5
    assert matrix.share(matrix.newly_stopped).share == 0.5


def test_an_answer_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="maybe"):
        FlipMatrix.from_json({"cells": [["allow", "maybe", 1]], "kinds": {}})
