import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuites.harness.pairs import counterparts, difference
from evalsuites.harness.statistics.paired import drop_interval, pairs
from evalsuites.harness.suite import Case

SIDES = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0])), min_size=1, max_size=60)


def case(name: str, pair: str, side: str) -> Case:
    return Case(name, {}, strata={"pair": pair, "side": side})


def test_pairs_are_found_by_their_strata_and_epochs_are_averaged() -> None:
    cases = [case("x", "one", "b"), case("y", "one", "a"), case("z", "two", "a"), Case("w", {})]
    values = {"x": [0.0, 1.0], "y": [1.0, 1.0], "z": [1.0], "w": [1.0]}
    assert counterparts(values, cases) == [(1.0, 0.5)]


@given(SIDES)
def test_the_sides_are_treated_alike(sides: list[tuple[float, float]]) -> None:
    there = difference(sides, 0.1)
    back = difference([(second, first) for first, second in sides], 0.1)
    assert there.estimate == pytest.approx(-back.estimate)
    assert there.effect == pytest.approx(-back.effect)
    assert there.beyond == pytest.approx(back.beyond)
    assert (there.first, there.second) == (back.second, back.first)
    assert there.interval.low == pytest.approx(-back.interval.high, abs=1e-6)


def test_outcomes_that_pass_or_fail_get_the_interval_of_paired_rates() -> None:
    sides = [(1.0, 0.0)] * 7 + [(0.0, 1.0)] * 2 + [(1.0, 1.0)] * 31
    found = difference(sides, 0.1)
    assert found.interval == drop_interval(pairs((one == 1, two == 1) for one, two in sides))
    assert found.estimate == pytest.approx(5 / 40)


def test_a_constant_shift_of_scores_is_beyond_a_margin_below_it() -> None:
    sides = [(0.3 + n / 100, 0.1 + n / 100 + (n % 3) / 100) for n in range(30)]
    assert difference(sides, 0.05).beyond < 0.01
    assert difference(sides, 0.3).beyond == 1.0
    assert difference(sides, 0.05).effect > 5


def test_no_pair_is_no_evidence() -> None:
    with pytest.raises(ValueError, match="there is no pair"):
        difference([], 0.1)
