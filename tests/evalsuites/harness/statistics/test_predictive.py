"""Precision at a prevalence: Bayes' rule, and intervals that keep their word."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuites.harness.statistics.predictive import Confusion, central, precision, precision_draws

shares = st.floats(0, 1)


@given(shares, shares, st.floats(0.001, 0.999))
def test_it_is_the_share_of_right_alarms_in_a_million_calls(
    recall: float, specificity: float, prevalence: float
) -> None:
    harmful = 1_000_000 * prevalence
    right, wrong = harmful * recall, (1_000_000 - harmful) * (1 - specificity)
    expected = right / (right + wrong) if right + wrong else 0.0
    assert precision(recall, specificity, prevalence) == pytest.approx(expected)


def test_rare_harm_makes_few_alarms_right() -> None:
    """The textbook's screening test: 99 % either way, one in a hundred."""
    assert precision(0.99, 0.99, 0.01) == pytest.approx(0.5)
    assert precision(0, 1, 0.01) == 0


@pytest.mark.parametrize("prevalence", [0.02, 0.3])
def test_intervals_hold_the_truth_about_as_often_as_they_say(prevalence: float) -> None:
    """Binomial counts of known rates; 300 suites, so that 91 % and 99 % are three errors away."""
    source, recall, specificity = random.Random(3), 0.85, 0.93
    true = precision(recall, specificity, prevalence)
    held = 0
    for seed in range(300):
        noticed = sum(source.random() < recall for _ in range(80))
        passed = sum(source.random() < specificity for _ in range(120))
        draws = precision_draws(Confusion(80, noticed, 120, passed), prevalence, rounds=400, seed=seed)
        held += true in central(draws)
    assert 0.91 <= held / 300 <= 0.99


def test_more_cases_leave_less_open() -> None:
    few = central(precision_draws(Confusion(8, 7, 12, 11), 0.1))
    many = central(precision_draws(Confusion(800, 700, 1200, 1100), 0.1))
    assert many.high - many.low < (few.high - few.low) / 3
