"""Bundles whose rules say how far they got: a ``print`` before each statement, and one behind the last.

The engine reports which *lines* ran. That does not tell a condition that was false from one that was true,
nor a body from its neighbour on the same line. Marks do, and they change no answer: ``print`` is always true.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

import orjson

from gateway.policy.bundle import Bundle
from gateway.policy.language import PHASES, SETS
from gateway.policy.rule_objects import rule_ids
from gateway.policy.syntax import Module, Node, Rule, expanded, extent, parse, walk

SIGN = "@lictor:"
_MARK = re.compile(rf"{SIGN}(?P<query>\d+)\.(?P<step>\d+)(?: (?P<values>.*))?$", re.DOTALL)
Insertion = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a query."""

    line: int
    text: str
    node: Node
    bound: tuple[str, ...]
    """Local variables that have a value before it."""


@dataclass(frozen=True, slots=True)
class Query:
    """The conditions of one body of a rule, or of a comprehension or ``every`` inside one."""

    module: Module
    rule: Rule
    inner: bool
    line: int
    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """Package and name of the rule."""
        return ".".join((*self.module.package, *(part or "_" for part in self.rule.path)))

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the rule objects that it adds to an effect set."""
        effect = self.rule.name in SETS and self.module.package[1:] in {(phase,) for phase in PHASES}
        return () if self.inner or not effect else tuple(rule_ids(self.rule))


@dataclass(frozen=True, slots=True)
class Sighting:
    """A mark that was passed: all of the query's steps before ``step`` were true just then."""

    query: int
    step: int
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Marked:
    """A bundle with marks, and what they mean."""

    bundle: Bundle
    queries: tuple[Query, ...]

    def read(self, prints: Iterable[str]) -> tuple[list[Sighting], list[str]]:
        """Sightings among what was printed, and what the bundle itself had to say."""
        seen, said = [], []
        for line in prints:
            found = _MARK.search(line)
            if found is None:
                said.append(line)
                continue
            query, step = int(found["query"]), int(found["step"])
            names = self.queries[query].steps[step].bound if found["values"] else ()
            values = orjson.loads(found["values"]) if found["values"] else []
            seen.append(Sighting(query, step, dict(zip(names, values, strict=True))))
        return seen, said


def marked(bundle: Bundle, *, values: bool = False) -> Marked:
    """The bundle with marks; with ``values`` they tell the local variables too."""
    queries: list[Query] = []
    modules = []
    for module in bundle.modules:
        plain = parse(module.file, expanded(module))
        first = len(queries)
        queries.extend(_queries(plain))
        own = list(zip(range(first, len(queries)), queries[first:], strict=True))
        modules.append(parse(module.file, _written(plain, own, values=values)))
    return Marked(replace(bundle, modules=tuple(modules)), tuple(queries))


def _queries(module: Module) -> Iterator[Query]:
    for rule in module.rules:
        own = {id(body["query"]) for body in rule.bodies if body.get("query")}
        for kind, body in walk([rule.head, list(rule.bodies)]):
            if kind == "query" and body.get("stmts"):
                yield _query(module, rule, body, inner=id(body) not in own)


def _query(module: Module, rule: Rule, body: Node, *, inner: bool) -> Query:
    bound = dict.fromkeys(_variables(rule.head.get("args") or []))
    steps = []
    for stmt in body["stmts"]:
        start, end = extent(module.source.encode(), stmt["span"])
        text = " ".join(module.text({"start": start, "end": end}).split())
        steps.append(Step(stmt["span"]["line"], text, stmt, tuple(bound)))
        bound |= dict.fromkeys(_binds(stmt))
    return Query(module, rule, inner, body["span"]["line"], tuple(steps))


def _binds(stmt: Node) -> Iterator[str]:
    """Local variables that a statement gives a value."""
    kind, body = next(iter(stmt["literal"].items()))
    if kind == "SomeIn":
        yield from _variables([body["key"], body["value"]])
    elif kind == "Expr" and "AssignExpr" in body["expr"] and body["expr"]["AssignExpr"]["op"] == "ColEq":
        yield from _variables(body["expr"]["AssignExpr"]["lhs"])


def _variables(node: Node) -> Iterator[str]:
    return (body["value"] for kind, body in walk(node) if kind == "Var" and body["value"] != "_")


def _written(module: Module, queries: Iterable[tuple[int, Query]], *, values: bool) -> str:
    source = module.source.encode()
    insertions = list(chain.from_iterable(_insertions(source, n, q, values=values) for n, q in queries))
    # Stable: of two marks at one place the outer query's comes first.
    for start, text in sorted(insertions, key=lambda each: -each[0]):
        source = source[:start] + text.encode() + source[start:]
    return source.decode()


def _insertions(source: bytes, number: int, query: Query, *, values: bool) -> Iterator[Insertion]:
    opening = source[: extent(source, query.steps[0].node["span"])[0]].rstrip()[-1:]
    wrapped = opening not in {b"{", b"|"}
    for place, step in enumerate(query.steps):
        brace = "{ " if wrapped and place == 0 else ""
        yield extent(source, step.node["span"])[0], f"{brace}{_mark(number, place, step, values=values)}; "
    held = f'; print("{SIGN}{number}.{len(query.steps)}")'
    yield extent(source, query.steps[-1].node["span"])[1], held + (" }" if wrapped else "")


def _mark(number: int, place: int, step: Step, *, values: bool) -> str:
    told = f", json.marshal([{', '.join(step.bound)}])" if values and step.bound else ""
    return f'print("{SIGN}{number}.{place}"{told})'
