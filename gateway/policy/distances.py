"""How far a decision is from another one: which single number, changed to what, would change the answer."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import orjson

from gateway.core.decision import Phase
from gateway.core.errors import PolicyFault
from gateway.policy.bundle import Bundle
from gateway.policy.deciding import decide
from gateway.policy.graph import graph
from gateway.policy.leaves import Place, changed, dotted, leaves, read_leaves
from gateway.policy.probe import Probe
from gateway.policy.reads import reads

PRECISION = 0.001
"""Scores are recorded in per mille; nothing finer is looked for."""

_GROWTH = 12
"""Steps, each four times the one before, until a number counts as out of reach."""

Asked = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Distance:
    """One number and the nearest value of it that changes the answer."""

    source: Literal["data", "input"]
    place: str
    value: float
    flips_at: float
    answer: str
    """The answer from there on."""

    @property
    def far(self) -> float:
        """How far it is, in terms of the number itself."""
        return abs(self.flips_at - self.value)


def distances(bundle: Bundle, phase: Phase, facts: Mapping[str, object]) -> list[Distance]:
    """Every setting that a rule reads and every number of the facts that can change the answer alone.

    The nearest value on each side, found by widening steps and bisection: a stretch that is narrower than
    a step may be missed. Sorted by how far they are.
    """
    probe = Probe(bundle)
    return sorted([*_of_data(bundle, probe, phase, facts), *_of_facts(bundle, phase, facts)], key=_near)


def _near(distance: Distance) -> tuple[float, str, float]:
    return (distance.far / (abs(distance.value) or 1), distance.place, distance.flips_at)


def _of_data(bundle: Bundle, probe: Probe, phase: Phase, facts: Mapping[str, object]) -> Iterator[Distance]:
    for place, value in read_leaves(bundle, phase):
        if _is_number(value):

            def asked(other: float, place: Place = place) -> str:
                probe.lay(changed(bundle.data, place, other))
                return answer_of(probe, phase, facts)

            yield from _both("data", dotted(place), value, asked)


def _of_facts(bundle: Bundle, phase: Phase, facts: Mapping[str, object]) -> Iterator[Distance]:
    probe = Probe(bundle)
    roots = [name for name in graph(bundle.modules) if name[1:3] == ("lictor", phase)]
    for place, value in leaves(orjson.loads(reads(bundle.modules, roots).of(facts))):
        if _is_number(value) and _matters(place):

            def asked(other: float, place: Place = place) -> str:
                return answer_of(probe, phase, changed(facts, place, other))

            yield from _both("input", dotted(place), value, asked)


def answer_of(probe: Probe, phase: Phase, facts: Mapping[str, object]) -> str:
    """The answer; an empty string for a fault, which is no answer to be near to."""
    try:
        return decide(probe, phase, facts).answer.value
    except PolicyFault:
        return ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _matters(place: Place) -> bool:
    """Positions of findings, the version and the clock are no matter of degree."""
    return place[0] not in {"v", "time", "coverage"} and place[-1] not in {"start", "end"}


def _both(source: Literal["data", "input"], place: str, value: object, asked: Asked) -> Iterator[Distance]:
    assert isinstance(value, int | float)  # noqa: S101 - asked before
    now = asked(value)
    for sign in (-1, 1):
        found = _nearest(value, sign, now, asked)
        if found is not None:
            yield Distance(source, place, value, *found)


def _nearest(value: float, sign: int, now: str, asked: Asked) -> tuple[float, str] | None:
    """The nearest value on one side whose answer is another one."""
    whole = isinstance(value, int)
    unit = 1 if whole else PRECISION
    near, step = value, float(unit)
    for _ in range(_GROWTH):
        far = _rounded(value + sign * step, whole)
        if _beyond(value, far):
            far = 0 if far < 0 else 1.0
        answer = asked(far)
        if not answer:
            return None
        if answer != now:
            return _bisected(near, far, unit, now, asked)
        if far in {0, 1.0} and _beyond(value, value + sign * step):
            return None
        near, step = far, step * 4
    return None


def _beyond(value: float, far: float) -> bool:
    """Sizes and scores do not fall below nothing, and a score does not exceed one."""
    score = not isinstance(value, int) and 0 <= value <= 1
    return far < 0 <= value or (score and far > 1)


def _bisected(near: float, far: float, unit: float, now: str, asked: Asked) -> tuple[float, str]:
    while abs(far - near) > unit * 1.5:
        middle = _rounded((near + far) / 2, isinstance(unit, int))
        if middle in {near, far}:
            break
        if asked(middle) == now:
            near = middle
        else:
            far = middle
    return far, asked(far)


def _rounded(value: float, whole: bool) -> float:  # noqa: FBT001 - of a number, its kind
    return round(value) if whole else round(value, 3)
