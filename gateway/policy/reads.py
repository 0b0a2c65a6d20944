"""Which facts the rules of a phase can read at all, so that no others are handed over.

A smaller input is parsed faster, and two exchanges that differ only in what no rule reads (ids, time,
sizes) become one question with one answer. The set is an over-approximation over the syntax tree:
whatever is read through a variable, a function or a dynamic key counts as read whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.policy.graph import graph, reached, resolve
from gateway.policy.syntax import Module, Path, used

_SPLIT = frozenset({"exchange", "caller"})
"""Objects that are projected field by field; all other facts are taken whole or left out."""


@dataclass(frozen=True, slots=True)
class Reads:
    """Facts that matter: None means all of them."""

    fields: Mapping[str, frozenset[str] | None] | None

    def project(self, facts: Mapping[str, object]) -> dict[str, object]:
        """``facts`` without what cannot be read."""
        if self.fields is None:
            return dict(facts)
        return {key: _part(facts[key], wanted) for key, wanted in self.fields.items() if key in facts}


def _part(fact: object, wanted: frozenset[str] | None) -> object:
    if wanted is None or not isinstance(fact, dict):
        return fact
    return {key: value for key, value in fact.items() if key in wanted}


def reads(modules: Sequence[Module], roots: Iterable[Path]) -> Reads:
    """What the rules at ``roots``, and all that they lead to, can read of the input."""
    paths = _inputs(modules, roots)
    if any(len(path) < 2 or path[1] is None for path in paths):
        return Reads(None)
    fields: dict[str, frozenset[str] | None] = {}
    for path in sorted(paths, key=str):
        name = str(path[1])
        part = path[2] if name in _SPLIT and len(path) > 2 else None
        present = fields.get(name, frozenset())
        fields[name] = None if part is None or present is None else present | {part}
    return Reads(fields)


def _inputs(modules: Sequence[Module], roots: Iterable[Path]) -> set[Path]:
    edges = graph(modules)
    names = set(edges)
    wanted = {name for root in roots if root in edges for name in reached(edges, root)}
    return {
        path
        for module in modules
        for rule in module.rules
        if ("data", *module.package, rule.name) in wanted
        for ref in used(rule)
        if (path := resolve(module, ref.path, names)) is not None and path[0] == "input"
    }
