"""Each figure against scipy or statsmodels, and the error rates that gates promise, simulated."""

import random
from collections.abc import Callable
from math import isclose, sqrt
from statistics import NormalDist, fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from evalsuites.harness.statistics.agreement import (
    cohen_kappa,
    gwet_ac1,
    kappa_interval,
    krippendorff_alpha,
)
from evalsuites.harness.statistics.correction import (
    Calibration,
    corrected_alarm,
    corrected_interval,
    rogan_gladen,
)
from evalsuites.harness.statistics.intervals import clopper_pearson, quantile, upper_bound, wilson
from evalsuites.harness.statistics.multiplicity import benjamini_hochberg, holm
from evalsuites.harness.statistics.paired import Pairs, drop_interval, mcnemar_midp, pairs
from evalsuites.harness.statistics.power import (
    detectable_drop,
    pass_power,
    regression_power,
    zero_event_cases,
)
from evalsuites.harness.statistics.repeats import pass_all, pass_at
from evalsuites.harness.statistics.resampling import bootstrap, by_case, differences, permutation
from evalsuites.harness.statistics.special import beta_cdf, beta_quantile

RATES = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
CONFIDENCES = st.sampled_from([0.8, 0.9, 0.95, 0.99])


@given(st.floats(0, 1), st.floats(0.5, 500), st.floats(0.5, 500))
def test_beta_as_scipy_has_it(x: float, a: float, b: float) -> None:
    assert isclose(beta_cdf(x, a, b), stats.beta.cdf(x, a, b), rel_tol=1e-8, abs_tol=1e-10)


@given(st.floats(0.001, 0.999), st.floats(0.5, 300), st.floats(0.5, 300))
def test_beta_quantile_as_scipy_has_it(p: float, a: float, b: float) -> None:
    assert isclose(beta_quantile(p, a, b), stats.beta.ppf(p, a, b), rel_tol=1e-6, abs_tol=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), [(wilson, "wilson"), (clopper_pearson, "beta")])
@given(rate=RATES, confidence=CONFIDENCES)
def test_intervals_as_statsmodels_has_them(
    ours: Callable[..., tuple[float, float]], theirs: str, rate: tuple[int, int], confidence: float
) -> None:
    low, high = proportion_confint(*rate, alpha=1 - confidence, method=theirs)
    assert ours(*rate, confidence) == pytest.approx((max(0, low), min(1, high)), abs=1e-9)


def test_nothing_is_known_of_no_trials_and_no_rate_is_above_one() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


def test_no_events_in_three_hundred() -> None:
    assert upper_bound(0, 300) == pytest.approx(1 - 0.05 ** (1 / 300))
    assert upper_bound(5, 5) == 1.0
    assert zero_event_cases(0.01) == 299
    assert upper_bound(0, zero_event_cases(0.01)) <= 0.01 < upper_bound(0, zero_event_cases(0.01) - 1)


@given(st.integers(0, 60), st.integers(0, 60))
def test_midp_is_the_exact_test_less_half_of_what_was_seen(lost: int, gained: int) -> None:
    exact = stats.binomtest(lost, lost + gained, 0.5, "greater").pvalue if lost + gained else 1.0
    assert mcnemar_midp(lost, gained) == pytest.approx(exact - stats.binom.pmf(lost, lost + gained, 0.5) / 2)


def test_the_published_example() -> None:
    """Children before and after transplantation (Fagerland et al. 2013 and 2014)."""
    counts = Pairs(both=1, lost=1, gained=7, neither=12)
    assert 2 * mcnemar_midp(counts.gained, counts.lost) == pytest.approx(0.039, abs=0.0005)
    assert mcnemar([[1, 1], [7, 12]]).pvalue == pytest.approx(0.070, abs=0.0005)
    assert drop_interval(counts) == pytest.approx((-0.517, -0.026), abs=0.001)


@given(*[st.integers(0, 80)] * 4, CONFIDENCES)
def test_drop_intervals_hold_the_drop_and_mirror(a: int, b: int, c: int, d: int, confidence: float) -> None:
    counts, mirrored = Pairs(a, b, c, d), Pairs(a, c, b, d)
    low, high = drop_interval(counts, confidence)
    assert -1 <= low <= counts.drop + 1e-9
    assert counts.drop - 1e-9 <= high <= 1
    assert drop_interval(mirrored, confidence) == pytest.approx((-high, -low), abs=1e-6)


def test_drop_interval_nears_wald_for_many_cases() -> None:
    counts = Pairs(40_000, 3_000, 2_000, 5_000)
    n = counts.total
    error = sqrt(5_000 - 1_000**2 / n) / n
    z = NormalDist().inv_cdf(0.975)
    assert drop_interval(counts) == pytest.approx((0.02 - z * error, 0.02 + z * error), abs=1e-4)


def test_pairs_are_counted() -> None:
    assert pairs([(True, True), (True, False), (True, False), (False, True)]) == Pairs(1, 2, 1, 0)


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), min_size=1, max_size=12))
def test_corrections_as_statsmodels_has_them(values: dict[str, float]) -> None:
    for ours, method in ((holm, "holm"), (benjamini_hochberg, "fdr_bh")):
        expected = multipletests(list(values.values()), method=method)[1]
        assert [ours(values)[name] for name in values] == pytest.approx(list(expected))


LABELLED = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=60)


@given(LABELLED)
def test_kappa_as_statsmodels_has_it(ratings: list[tuple[str, str]]) -> None:
    table = [[ratings.count((one, two)) for two in "abc"] for one in "abc"]
    if len({label for pair in ratings for label in pair}) > 1 and len({one for one, _ in ratings}) > 1:
        assert cohen_kappa(ratings) == pytest.approx(cohens_kappa(table, return_results=False))


@given(LABELLED)
def test_agreement_measures_are_one_exactly_for_equal_ratings(ratings: list[tuple[str, str]]) -> None:
    equal = [(one, one) for one, _ in ratings]
    assert cohen_kappa(equal) == gwet_ac1(equal) == krippendorff_alpha(equal) == 1.0
    if any(one != two for one, two in ratings):
        assert max(cohen_kappa(ratings), gwet_ac1(ratings), krippendorff_alpha(ratings)) < 1


def test_krippendorffs_own_example() -> None:
    """Nominal data with gaps, alpha 0.743 (Krippendorff, Computing Alpha-Reliability, 2011)."""
    units = ["111", "22 2", "3333", "3333", "2222", "1234", "4444", "112", "2222", "555", "11", "3"]
    coders = [
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    ]
    rated = [
        [one for one in unit if one != "."] for unit in zip(*(row.split() for row in coders), strict=True)
    ]
    assert len(rated) == len(units)
    assert krippendorff_alpha(rated) == pytest.approx(0.743, abs=0.0005)


def test_ac1_of_a_rare_label_is_high_where_kappa_is_low() -> None:
    ratings = [(True, True)] * 118 + [(True, False)] * 5 + [(False, True)] * 2
    assert cohen_kappa(ratings) < 0.0
    assert gwet_ac1(ratings) > 0.9


def test_the_interval_of_kappa_holds_it() -> None:
    ratings = [("a", "a")] * 30 + [("b", "b")] * 20 + [("a", "b")] * 6
    assert cohen_kappa(ratings) in kappa_interval(ratings)


@given(st.floats(0, 1), st.floats(0.55, 1), st.floats(0.55, 1))
def test_correction_undoes_the_judge(true: float, tpr: float, tnr: float) -> None:
    assert rogan_gladen(true * tpr + (1 - true) * (1 - tnr), tpr, tnr) == pytest.approx(true, abs=1e-9)


def test_a_judge_without_information_corrects_nothing() -> None:
    with pytest.raises(ValueError, match="no better than chance"):
        rogan_gladen(0.5, 0.5, 0.5)
    assert not Calibration(10, 5, 10, 5).informative
    assert corrected_interval(50, 100, Calibration(4, 2, 4, 2)) == (0.0, 1.0)


def test_corrected_intervals_cover_the_truth_and_grow_with_the_doubt_about_the_judge() -> None:
    random.seed(3)
    true, tpr, tnr, held = 0.8, 0.9, 0.85, 0
    for seed in range(200):
        passed = sum(_flip(true * tpr + (1 - true) * (1 - tnr)) for _ in range(200))
        judge = Calibration(
            100, sum(_flip(tpr) for _ in range(100)), 100, sum(_flip(tnr) for _ in range(100))
        )
        held += true in corrected_interval(passed, 200, judge, rounds=400, seed=seed)
    assert held >= 180
    sure = corrected_interval(150, 200, Calibration(5000, 4500, 5000, 4250))
    unsure = corrected_interval(150, 200, Calibration(50, 45, 50, 42))
    assert sure.high - sure.low < unsure.high - unsure.low


@pytest.mark.parametrize(
    ("true", "tpr", "tnr", "labels", "cases"),
    [(0.9, 0.9, 0.85, 30, 60), (0.5, 0.8, 0.8, 60, 40), (0.7, 0.95, 0.7, 100, 200)],
)
def test_a_corrected_rate_is_covered_and_alarms_as_often_as_promised(
    true: float, tpr: float, tnr: float, labels: int, cases: int
) -> None:
    """Judges and cases drawn anew: intervals at 95 %, alarms at 2.5 % where the rate is just the bar."""
    draw, rounds = random.Random(11), 300
    covered = low = high = 0
    for seed in range(rounds):
        judge = Calibration(labels, _drawn(draw, tpr, labels), labels, _drawn(draw, tnr, labels))
        passed = _drawn(draw, true * tpr + (1 - true) * (1 - tnr), cases)
        covered += true in corrected_interval(passed, cases, judge, rounds=200, seed=seed)
        low += corrected_alarm(passed, cases, judge, least=true, rounds=200, seed=seed) <= 0.025
        high += corrected_alarm(passed, cases, judge, most=true, rounds=200, seed=seed) <= 0.025
    # Three standard errors of 300 rounds about 95 % and 2.5 %.
    assert covered / rounds >= 0.95 - 0.038
    assert max(low, high) / rounds <= 0.025 + 0.028


def _drawn(draw: random.Random, rate: float, trials: int) -> int:
    return sum(draw.random() < rate for _ in range(trials))


def test_the_corrected_interval_of_many_is_that_of_the_delta_method() -> None:
    """The variance that Rogan and Gladen give (1978), with the doubt about both rates of the judge."""
    judge, passed, n = Calibration(4000, 3600, 4000, 3400), 3000, 5000
    rate, gain = passed / n, judge.tpr + judge.tnr - 1
    true = rogan_gladen(rate, judge.tpr, judge.tnr)
    variance = (
        rate * (1 - rate) / n
        + true**2 * judge.tpr * (1 - judge.tpr) / judge.positives
        + (1 - true) ** 2 * judge.tnr * (1 - judge.tnr) / judge.negatives
    ) / gain**2
    width = NormalDist().inv_cdf(0.975) * sqrt(variance)
    assert corrected_interval(passed, n, judge) == pytest.approx((true - width, true + width), abs=0.002)


def test_the_alarm_of_a_corrected_rate_is_the_tail_of_what_is_drawn() -> None:
    judge = Calibration(100, 90, 100, 85)
    assert (
        corrected_alarm(10, 200, judge, least=0.9) == corrected_alarm(190, 200, judge, most=0.1) == 1 / 4001
    )
    assert corrected_alarm(190, 200, judge, least=0.1) == corrected_alarm(10, 200, judge, most=0.9) == 1.0
    useless = Calibration(4, 2, 4, 2)
    assert corrected_alarm(50, 100, useless, least=0.9) > 0.4  # nothing is known, so nothing is alarming


def test_bootstrap_as_scipy_has_it() -> None:
    values = [random.Random(5).gauss(1, 2) for _ in range(80)]
    theirs = stats.bootstrap((values,), fmean, method="percentile", rng=1).confidence_interval
    assert bootstrap(values, seed=4) == pytest.approx((theirs.low, theirs.high), abs=0.08)
    assert bootstrap(values, seed=4) == bootstrap(values, seed=4)


def test_more_epochs_of_the_same_cases_prove_no_more() -> None:
    once = {f"c{number}": [number % 3 / 2] for number in range(30)}
    often = {case: values * 50 for case, values in once.items()}
    assert by_case(once) == by_case(often)
    assert bootstrap(list(by_case(once).values())) == bootstrap(list(by_case(often).values()))
    assert differences(once, often) == [0.0] * 30


def test_permutation_as_scipy_has_it() -> None:
    values = [random.Random(8).gauss(-0.3, 1) for _ in range(40)]
    theirs = stats.permutation_test(
        (values,), fmean, permutation_type="samples", alternative="less", n_resamples=9999, rng=2
    )
    assert permutation(values, rounds=9999) == pytest.approx(theirs.pvalue, abs=0.02)


def test_quantiles_and_their_limits() -> None:
    values = list(range(1, 101))
    point, limits = quantile(values, 0.5)
    assert (point, limits) == (50, (40, 61))
    assert quantile([1.0, 2.0], 0.95)[1].high == float("inf")
    with pytest.raises(ValueError, match="nothing"):
        quantile([], 0.5)


def test_the_limits_of_a_quantile_cover_it() -> None:
    draw = random.Random(11)
    true = NormalDist().inv_cdf(0.9)
    held = sum(true in quantile([draw.gauss(0, 1) for _ in range(120)], 0.9)[1] for _ in range(600))
    assert held >= 600 * 0.93


def test_repeats() -> None:
    assert pass_at(10, 3, 1) == pytest.approx(0.3)
    assert pass_at(4, 2, 3) == 1.0
    assert pass_all(4, 2, 2) == pytest.approx(1 / 6)


# --- what gates promise: errors of the first kind stay below their level ---------------------------------


def _flip(chance: float) -> bool:
    return random.random() < chance


def _false_alarms(noise: float, cases: int, rounds: int) -> float:
    draw = random.Random(21)
    alarms = 0
    for _ in range(rounds):
        moves = [draw.random() for _ in range(cases)]
        lost = sum(move < noise for move in moves)
        gained = sum(noise <= move < 2 * noise for move in moves)
        alarms += mcnemar_midp(lost, gained) <= 0.05
    return alarms / rounds


@pytest.mark.parametrize("noise", [0.02, 0.1])
@pytest.mark.parametrize("cases", [50, 200])
def test_no_change_raises_an_alarm_in_at_most_one_of_twenty_runs(noise: float, cases: int) -> None:
    """Three standard errors of the simulation are granted."""
    assert _false_alarms(noise, cases, 3000) <= 0.05 + 3 * sqrt(0.05 * 0.95 / 3000)


@pytest.mark.parametrize(("cases", "drop", "power"), [(100, 0.05, 0.47), (200, 0.05, 0.79), (50, 0.1, 0.57)])
def test_power_as_simulated_elsewhere(cases: int, drop: float, power: float) -> None:
    """Power of the one-sided test with 2 % of noise a side."""
    assert regression_power(drop, 0.02, cases) == pytest.approx(power, abs=0.03)


def test_the_detectable_drop_is_detected_with_that_power() -> None:
    drop = detectable_drop(200)
    assert drop is not None
    assert regression_power(drop, 0.02, 200) == pytest.approx(0.8, abs=1e-3)
    assert detectable_drop(2) is None
    assert detectable_drop(0) is None


def test_power_of_an_absolute_gate_as_counted() -> None:
    draw = random.Random(2)
    cleared = sum(wilson(sum(draw.random() < 0.95 for _ in range(150)), 150).low >= 0.88 for _ in range(3000))
    assert pass_power(0.95, 0.88, 150) == pytest.approx(cleared / 3000, abs=0.03)
    assert pass_power(0.5, 0.99, 10) == 0.0


def test_a_rate_below_the_bar_clears_it_in_at_most_one_of_forty_runs() -> None:
    """Wilson's limit is approximate: half a point more is granted."""
    assert max(pass_power(0.9, 0.9, n) for n in (60, 120, 300, 800)) <= 0.025 + 0.005


@given(st.integers(1, 60))
def test_exact_limits_never_promise_too_much(n: int) -> None:
    limits = [clopper_pearson(k, n) for k in range(n + 1)]
    for rate in (0.02, 0.3, 0.9):
        chances = stats.binom.pmf(range(n + 1), n, rate)
        held = sum(chance for chance, within in zip(chances, limits, strict=True) if rate in within)
        assert held >= 0.95 - 1e-9
