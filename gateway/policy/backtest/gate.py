"""The gate: does what a backtest counted stay within its limits? Pass, fail, or inconclusive with a reason.

A limit in per cent speaks of traffic to come: the whole 95 % interval must stay within it. A limit as a whole
number speaks of the traffic that was replayed: there is nothing to estimate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from gateway.core.errors import ConfigError
from gateway.policy.backtest.protected import Protected
from gateway.policy.backtest.sums import Sums
from gateway.policy.compare import Kind
from gateway.policy.flips import FlipMatrix
from gateway.policy.statistics import Interval, wilson

REPRODUCED = 0.999
"""So many of the replayed decisions must come out as recorded, or nothing is said of the candidate."""


class Verdict(StrEnum):
    """What a gate says."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Limit(NamedTuple):
    """The most that is allowed: a share of the exchanges, or a number of them."""

    most: float
    share: bool

    def __str__(self) -> str:
        return f"{self.most * 100:g}%" if self.share else f"{self.most:g}"


def limit(text: str) -> Limit:
    """Read ``0.5%`` or ``3``.

    Raises:
        ConfigError: it is neither.
    """
    try:
        if text.endswith("%") and 0 <= (share := float(text[:-1]) / 100) <= 1:
            return Limit(share, share=True)
        if text.isdecimal():
            return Limit(int(text), share=False)
    except ValueError:
        pass
    raise ConfigError(f"limit `{text}`: write a share such as `0.5%`, or a whole number of exchanges")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is asked of a candidate; None where nothing is."""

    new_deny: Limit | None = None
    new_allow: Limit | None = None
    unknown: Limit | None = None
    least: int = 100
    """So many must have been compared."""

    divergence: Limit | None = None
    """Of all changes, whichever way."""

    @property
    def any(self) -> bool:
        """Whether there is anything to pass or fail."""
        return any(
            each is not None for each in (self.new_deny, self.new_allow, self.unknown, self.divergence)
        )


@dataclass(frozen=True, slots=True)
class Check:
    """One limit, and how it fared."""

    name: str
    verdict: Verdict
    said: str
    """Why, in a sentence."""

    @property
    def passed(self) -> bool:
        """Whether it is kept."""
        return self.verdict is Verdict.PASS


def checks(sums: Sums, limits: Limits, cases: Protected | None) -> list[Check]:
    """Everything that was asked; the first one is always whether the past can be reproduced."""
    found = [_reproduced(sums)]
    if found[0].passed and (limits.any or cases is not None):
        found += kept(sums.exchanges.whole, limits, "exchanges")
    return [*found, *_protected(cases)]


def verdict(found: Sequence[Check]) -> Verdict:
    """The gate's word: one failed check fails, and what is not known is no pass."""
    said = {check.verdict for check in found}
    if not found[0].passed:
        return Verdict.INCONCLUSIVE
    return next(word for word in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS) if word in said)


def told(found: Sequence[Check]) -> list[dict[str, str]]:
    """The checks as a report holds them."""
    return [{"name": check.name, "verdict": check.verdict.value, "said": check.said} for check in found]


def _reproduced(sums: Sums) -> Check:
    name, found = "reproduction", sums.reproduction
    if not found.replayed:
        return Check(name, Verdict.INCONCLUSIVE, "There is no decision that could be made again.")
    share = found.reproduced / found.replayed
    told = f"{found.reproduced} of {found.replayed} decisions come out as recorded"
    if share >= REPRODUCED:
        return Check(name, Verdict.PASS, f"{told}.")
    rules = ", ".join(sorted(found.rules, key=lambda rule: (-found.rules[rule].count, rule))[:5])
    return Check(name, Verdict.INCONCLUSIVE, f"{told}, less than 99.9 %. Not reproduced: {rules}.")


def kept(whole: FlipMatrix, limits: Limits, unit: str, silent: int = 0) -> Iterator[Check]:
    """How the limits fared; ``unit`` is what was counted, ``silent`` how many more have no answer at all."""
    if whole.compared < limits.least:
        said = f"{whole.compared} {unit} were compared; {limits.least} are asked for."
        yield Check("enough", Verdict.INCONCLUSIVE, said)
    hidden = whole.kinds[Kind.UNKNOWN] + whole.kinds[Kind.UNREPLAYABLE] + silent
    for name, hits, total, most in (
        ("max-new-deny", whole.newly_stopped, whole.compared, limits.new_deny),
        ("max-new-allow", whole.newly_released, whole.compared, limits.new_allow),
        ("max-divergence", whole.flipped, whole.compared, limits.divergence),
        ("max-unknown", hidden, whole.total + silent, limits.unknown),
    ):
        if most is not None:
            yield _check(name, wilson(hits, total), f"{hits} of {total} {unit}", most, hits)


def _check(name: str, interval: Interval, counted: str, most: Limit, hits: int) -> Check:
    told = f"{counted} ({_per_cent(interval)}); at most {most}"
    if not most.share:
        return Check(name, Verdict.PASS if hits <= most.most else Verdict.FAIL, f"{told}.")
    if interval.high <= most.most:
        return Check(name, Verdict.PASS, f"{told}.")
    if interval.low > most.most:
        return Check(name, Verdict.FAIL, f"{told}.")
    return Check(name, Verdict.INCONCLUSIVE, f"{told}: the limit lies within the interval.")


def _per_cent(interval: Interval) -> str:
    return f"{interval.share:.3%}, 95 % between {interval.low:.3%} and {interval.high:.3%}"


def _protected(cases: Protected | None) -> Iterator[Check]:
    if cases is not None and not cases:
        yield Check("protected", Verdict.INCONCLUSIVE, "There are no protected cases.")
    for name, differences in (cases or {}).items():
        word = Verdict.FAIL if differences else Verdict.PASS
        yield Check(f"protected: {name}", word, "; ".join(differences) or "As expected.")
