"""Would the tests notice? Settings and comparisons are changed one at a time, and all tests run again.

A *mutant* that fails no test shows a threshold, a list entry or a comparison that nobody checks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import orjson

from gateway.core.errors import LictorError
from gateway.policy.bundle import Bundle
from gateway.policy.language import MASKINGS
from gateway.policy.leaves import Place, changed, dotted, read_leaves, readings, sites, without
from gateway.policy.probe import Probe
from gateway.policy.suite import Suite, Test
from gateway.policy.syntax import Module, Node, expanded, extent, flatten, line_of, parse, string, walk

_SWAPPED: Mapping[str, str] = {">": ">=", ">=": ">", "<": "<=", "<=": "<", "==": "!=", "!=": "=="}
STEP = 0.01
"""How far a number that is not whole goes across its border."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change."""

    place: str
    """A setting, or file and line of a comparison."""

    before: str
    after: str
    data: Mapping[str, object] | None = None
    """Base documents with the change; None when a rule is changed."""

    file: str = ""
    source: str = ""
    """The file with the change and how it reads then; empty when a setting is changed."""

    sites: frozenset[tuple[str, int]] = frozenset()
    """Files and lines at which it takes effect."""

    def __str__(self) -> str:
        return f"{self.place}: {self.before} to {self.after}"


@dataclass(frozen=True, slots=True)
class Mutation:
    """What became of all mutants."""

    tried: int
    survivors: tuple[Mutant, ...]
    """Those that no test noticed."""

    @property
    def share(self) -> float:
        """Noticed mutants out of all."""
        return (self.tried - len(self.survivors)) / self.tried if self.tried else 1.0


def mutate(
    bundle: Bundle,
    suite: Suite,
    leave: Iterable[str] = (),
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Mutation:
    """Run the tests against every mutant. Settings that match a pattern of ``leave`` stay as they are."""
    patterns = tuple(leave)
    found = [each for each in mutants(bundle) if not any(fnmatchcase(each.place, one) for one in patterns)]
    probe, touched = Probe(bundle, suite.modules), Touched(bundle, suite)
    survivors = []
    for done, mutant in enumerate(found):
        progress(done, len(found))
        near = replace(suite, tests=touched.near(mutant.sites))
        if not noticed(near, probe, mutant) and not noticed(suite, probe, mutant):
            survivors.append(mutant)
    return Mutation(len(found), tuple(survivors))


class Touched:
    """Which tests come to which lines: the others need not run first. Survivors meet all of them."""

    def __init__(self, bundle: Bundle, suite: Suite) -> None:
        self._tests: dict[tuple[str, int], list[Test]] = {}
        probe = Probe(bundle, suite.modules, lines=True)
        for result in suite.run(probe):
            for file, (ran, _) in probe.lines().items():
                for line in ran:
                    self._tests.setdefault((file, line), []).append(result.test)
            probe.forget_lines()

    def near(self, sites: Iterable[tuple[str, int]]) -> tuple[Test, ...]:
        """The tests that come to any of some lines."""
        found = {(test.file, test.line): test for site in sites for test in self._tests.get(site, ())}
        return tuple(found.values())


def noticed(suite: Suite, probe: Probe, mutant: Mutant) -> bool:
    """Whether some test fails on a mutant; ``probe`` holds the bundle and the tests, and may be left with
    the data of the mutant."""
    if mutant.data is not None:
        probe.lay(mutant.data)
        return _fails(suite, probe)
    try:
        return _fails(suite, probe.with_source(mutant.file, mutant.source))
    except LictorError:
        return True


def _fails(suite: Suite, probe: Probe) -> bool:
    return any(not result.passed for result in suite.run(probe))


def mutants(bundle: Bundle) -> Iterator[Mutant]:
    """Every change worth trying: settings that rules read, then comparisons."""
    compared = [pair for module in bundle.modules for pair in _compared(module)]
    found = readings(bundle.modules)
    for place, value in read_leaves(bundle):
        words = {word for path, word in compared if path == place}
        where = sites(found, place)
        for mutant in _of_setting(bundle.data, place, value, words):
            yield replace(mutant, sites=where)
    for module in bundle.modules:
        yield from _of_module(module)


# --- settings -----------------------------------------------------------------------------------------------


def _of_setting(data: Mapping[str, object], place: Place, value: object, words: set[str]) -> Iterator[Mutant]:
    name = dotted(place)
    if isinstance(place[-1], int):
        yield Mutant(name, _written(value), "(dropped)", without(data, place))
        return
    for other in _others(value, words):
        yield Mutant(name, _written(value), _written(other), changed(data, place, other))


def _others(value: object, words: set[str]) -> Sequence[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [other for other in dict.fromkeys(_numbers(value)) if other != value]
    if isinstance(value, str):
        known = MASKINGS if value in MASKINGS else words
        return sorted(known - {value})
    return []


def _numbers(value: float) -> Iterator[float]:
    step = 1 if isinstance(value, int) else STEP
    yield from (round(value - step, 9), round(value + step, 9), 0, value * 2, -value)


def _written(value: object) -> str:
    return orjson.dumps(value).decode()


def _compared(module: Module) -> Iterator[tuple[Place, str]]:
    """Settings, and string literals that they are compared with: the words of an enumeration."""
    for kind, body in walk([[rule.head, list(rule.bodies)] for rule in module.rules]):
        if kind == "BoolExpr" and body["op"] in {"Eq", "Ne"}:
            for setting, literal in ((body["lhs"], body["rhs"]), (body["rhs"], body["lhs"])):
                word, path = string(literal), flatten(setting)
                if word is not None and path[0] == "data":
                    yield tuple(part or "_" for part in path[1:]), word


# --- comparisons --------------------------------------------------------------------------------------------


def _of_module(module: Module) -> Iterator[Mutant]:
    plain = parse(module.file, expanded(module))
    source = plain.source.encode()
    for kind, body in walk([[rule.head, list(rule.bodies)] for rule in plain.rules]):
        if kind == "BoolExpr" and (found := _operator(source, body)) is not None:
            start, sign = found
            other = _SWAPPED[sign]
            changed_source = source[:start] + other.encode() + source[start + len(sign) :]
            line = line_of(body)
            text = _written_as(source, body)
            site = frozenset({(module.file, line)})
            after = f"{other} for {sign}"
            yield Mutant(
                f"{module.file}:{line}",
                text,
                after,
                file=module.file,
                source=changed_source.decode(),
                sites=site,
            )


def _operator(source: bytes, body: Node) -> tuple[int, str] | None:
    """Where the operator of a comparison stands, and which it is."""
    start, end = _span(body["lhs"])["end"], _span(body["rhs"])["start"]
    between = source[start:end].decode()
    sign = next((sign for sign in sorted(_SWAPPED, key=len, reverse=True) if sign in between), None)
    return None if sign is None else (start + len(between[: between.index(sign)].encode()), sign)


def _span(node: Node) -> Node:
    return next(iter(node.values()))["span"]


def _written_as(source: bytes, body: Node) -> str:
    start, end = extent(source, body["span"])
    return " ".join(source[start:end].decode().split())
