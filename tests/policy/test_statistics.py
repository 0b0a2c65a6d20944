import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint  # type: ignore[import-untyped]

from gateway.policy.statistics import wilson


@given(st.integers(0, 5000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_as_statsmodels_has_it(case: tuple[int, int]) -> None:
    hits, total = case
    found = wilson(hits, total)
    if total == 0:
        assert found == (0.0, 0.0, 1.0)
        return
    low, high = proportion_confint(hits, total, method="wilson")
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)
    assert found.low <= found.share <= found.high


@pytest.mark.parametrize(("hits", "total"), [(2, 1), (-1, 1), (0, -1)])
def test_what_is_no_share(hits: int, total: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(hits, total)
