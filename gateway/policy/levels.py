"""Scores and sizes that matter only by the thresholds they reach.

A classifier hardly ever says the same number twice, and most rules ask of it only on which side of a
threshold it lies. Where rules do nothing with a score but compare it with numbers that are known before any
call (literals and base documents), two scores between the same thresholds are one to them, and one number
stands for both: what was decided about a finding holds for the next one that is about as sure. Sizes of
requests are alike.

What is not written that way keeps its number: this too is an over-approximation over the syntax tree.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from gateway.policy.graph import meets
from gateway.policy.syntax import Node, Path, Rule, flatten, walk

SCORE = "score"
"""The field of an entry that is measured."""

_EXACT = 2**52
"""Up to here every engine tells numbers and those between them apart."""

_NUMBERS = (int, float)  # a truth value is of neither type


@dataclass(frozen=True, slots=True)
class Levels:
    """Thresholds, in order and each once."""

    thresholds: tuple[float, ...] = ()

    def of(self, number: object) -> object:
        """What stands for ``number`` and all others between the same thresholds."""
        if not _is_number(number):
            return number
        place = bisect_left(self.thresholds, number)
        above = self.thresholds[place : place + 1]
        if above == (number,):
            return above[0]
        below = self.thresholds[place - 1 : place] if place else ()
        return _between(below, above, number)

    def __or__(self, other: "Levels") -> "Levels":
        """The thresholds of both."""
        return Levels(tuple(sorted({*self.thresholds, *other.thresholds})))


def _between(below: tuple[float, ...], above: tuple[float, ...], number: float) -> float:
    if below and above:
        middle = (below[0] + above[0]) / 2
        return middle if below[0] < middle < above[0] else number
    return below[0] + 1 if below else above[0] - 1 if above else 0


def either(one: Levels | None, other: Levels | None) -> Levels | None:
    """What two rules tell numbers apart by; None where they matter to one of them as they are."""
    return None if one is None or other is None else one | other


@dataclass(frozen=True, slots=True)
class Sight:
    """What the rules of a part can know before any call."""

    names: set[Path]
    """Every rule."""

    data: Mapping[str, object] | None
    """The base documents; None where they are not known, or where a ``with`` may replace them."""


def levels(rule: Rule, path: Path, refs: Iterable[Path | None], sight: Sight) -> Levels | None:
    """What ``rule``, with these references, compares the number at ``path`` with; None where it does anything
    else with it."""
    if sight.data is None:
        return None
    others = list(_compared(rule, path))
    if len(others) != sum(1 for ref in refs if ref and ref[: len(path)] == path):
        return None
    found = [_numbers_of(other, sight.names, sight.data) for other in others]
    if any(numbers is None for numbers in found):
        return None
    return Levels(tuple(sorted({number for numbers in found for number in numbers or ()})))


def _compared(rule: Rule, path: Path) -> Iterator[Node]:
    """The other side of each comparison with ``path``."""
    for kind, body in walk([rule.head, list(rule.bodies)]):
        if kind == "BoolExpr":
            for one, other in ((body["lhs"], body["rhs"]), (body["rhs"], body["lhs"])):
                if flatten(one) == path:
                    yield other


def _numbers_of(node: Node, names: set[Path], data: Mapping[str, object]) -> Sequence[float] | None:
    """The numbers that an expression can be; None where that is not known."""
    kind, body = next(iter(node.items()))
    path = flatten(node)
    if kind == "Number" and _is_number(body["value"]):
        found: list[object] = [body["value"]]
    # An imported name may be hidden by a variable; `data` cannot be.
    elif path[0] == "data" and not any(meets(path, name) for name in names):
        found = list(_below(data, path[1:]))
    else:
        return None
    numbers = [value for value in found if _is_number(value)]
    return numbers if all(abs(number) <= _EXACT for number in numbers) else None


def _below(value: object, path: Path) -> Iterator[object]:
    """Every scalar at ``path`` and below it."""
    if isinstance(value, dict):
        for name, child in value.items():
            if path[:1] in {(), (None,), (name,)}:
                yield from _below(child, path[1:])
    elif isinstance(value, list):
        for child in value:
            yield from _below(child, path[1:])
    else:
        yield value


def _is_number(value: object) -> TypeGuard[float]:
    return type(value) in _NUMBERS
