"""What counts leave open about a share: draws from its posterior under Jeffreys' prior."""

from random import Random


def posterior(random: Random, successes: int, trials: int) -> float:
    """One draw from a beta distribution with half a success and half a failure added to the counts."""
    return random.betavariate(successes + 0.5, trials - successes + 0.5)
