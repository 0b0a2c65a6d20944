"""What repeated tries of one case say."""

from math import comb


def pass_at(n: int, passed: int, k: int) -> float:
    """pass@k: the chance that one of k draws out of n tries passed (Chen et al. 2021)."""
    return 1 - comb(n - passed, k) / comb(n, k)


def pass_all(n: int, passed: int, k: int) -> float:
    """pass^k: the chance that all of k draws out of n tries passed."""
    return comb(passed, k) / comb(n, k)
