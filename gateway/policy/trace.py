"""How far each rule came on one input: what held, and of the others the first condition that did not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from gateway.core.errors import PolicyFault
from gateway.policy.bundle import Bundle
from gateway.policy.graph import full, graph, resolve
from gateway.policy.marks import Marked, Query, Sighting, Step, marked
from gateway.policy.probe import Probe
from gateway.policy.specimen import InputPhase
from gateway.policy.syntax import refs

Values = Mapping[str, object]
UNKNOWN = "undefined"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one query came."""

    query: Query
    held: bool
    failing: Step | None
    """The furthest condition that was tried and not true; None where all were, or none was tried."""

    values: Values
    """What the references of the failing condition were, or of all conditions where they held."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One evaluation of one phase."""

    reaches: tuple[Reach, ...]
    """The queries that were tried, in the order of the files."""

    printed: tuple[str, ...]
    """What ``print`` of the bundle's own rules said, with file and line."""

    fault: str
    """Why the evaluation broke off; empty when it did not."""

    def of_rule(self, id_: str) -> Iterator[Reach]:
        """The queries behind a rule id."""
        return (reach for reach in self.reaches if id_ in reach.query.ids)


def trace(bundle: Bundle, phase: InputPhase, facts: Mapping[str, object]) -> Trace:
    """Evaluate one phase and tell how far every rule came. A fault of a rule is told, not raised."""
    marks = marked(bundle, values=True)
    probe = Probe(marks.bundle)
    fault = _asked(probe, phase, facts)
    if fault:  # a value may be none that JSON can say: once more without
        marks = marked(bundle)
        probe = Probe(marks.bundle)
        fault = _asked(probe, phase, facts)
    seen, printed = marks.read(probe.prints())
    reaches = _Reaches(bundle, marks, probe).of(seen)
    return Trace(tuple(reaches), tuple(printed), fault)


def _asked(probe: Probe, phase: InputPhase, facts: Mapping[str, object]) -> str:
    try:
        if phase == "plan":
            probe.plan(facts)
        else:
            probe.evaluate(phase, facts)
    except PolicyFault as fault:
        return str(fault)
    return ""


class _Reaches:
    """Adds up sightings by query."""

    def __init__(self, bundle: Bundle, marks: Marked, probe: Probe) -> None:
        self._marks, self._probe = marks, probe
        self._names = set(graph(bundle.modules))
        self._functions = {
            full(module, rule)
            for module in bundle.modules
            for rule in module.rules
            if rule.kind == "function"
        }
        self._known: dict[str, object] = {}

    def of(self, seen: Sequence[Sighting]) -> Iterator[Reach]:
        by_query: dict[int, list[Sighting]] = {}
        for sighting in seen:
            by_query.setdefault(sighting.query, []).append(sighting)
        for number in sorted(by_query):
            yield self._reach(self._marks.queries[number], by_query[number])

    def _reach(self, query: Query, seen: Sequence[Sighting]) -> Reach:
        furthest = max(sighting.step for sighting in seen)
        held = furthest == len(query.steps)
        steps = query.steps if held else query.steps[furthest : furthest + 1]
        values: dict[str, object] = {}
        for step in steps:
            values |= dict(self._values(query, step, _locals(seen, query.steps.index(step))))
        return Reach(query, held, None if held else steps[0], values)

    def _values(self, query: Query, step: Step, local: Values) -> Iterator[tuple[str, object]]:
        """What the references of a step were; of one through a variable, what the variable was."""
        for ref in refs(step.node["literal"]):
            root = ref.path[0]
            if root in local:
                yield from _inside(str(root), ref.path[1:], local[str(root)])
                continue
            path = resolve(query.module, ref.path, self._names)
            if path is not None and len(path) > 1 and None not in path and path not in self._functions:
                yield ".".join(map(str, path)), self._value(path)

    def _value(self, path: tuple[str | None, ...]) -> object:
        text = path[0] + "".join(f"[{orjson.dumps(part).decode()}]" for part in path[1:])  # type: ignore[operator]
        if text not in self._known:
            try:
                value = self._probe.query(text)
            except PolicyFault:
                value = None
            self._known[text] = UNKNOWN if value is None else value
            self._probe.prints()
        return self._known[text]


def _locals(seen: Sequence[Sighting], step: int) -> Values:
    """Local variables as they were when a step was tried last."""
    return next((sighting.values for sighting in reversed(seen) if sighting.step == step), {})


def _inside(name: str, rest: Sequence[str | None], value: object) -> Iterator[tuple[str, object]]:
    for part in rest:
        if part is None or not isinstance(value, dict) or part not in value:
            break
        name, value = f"{name}.{part}", value[part]
    yield name, value
