"""Which facts the rules of a phase can read at all, so that no others are handed over.

A smaller input is parsed faster, and two exchanges that differ only in what no rule reads (ids, time,
sizes) become one question with one answer. The set is an over-approximation over the syntax tree:
whatever is read through a variable, a function or a dynamic key counts as read whole. Of lists, only the
entries and fields that matter are handed over (:mod:`gateway.policy.items`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

import orjson

from gateway.policy.graph import full, graph, reached, resolve
from gateway.policy.items import KINDS, Items, items
from gateway.policy.levels import Levels, Sight, either, levels
from gateway.policy.syntax import Module, Path, Rule, replaces, used

Fields = frozenset[str] | None
"""Names of the fields of an object that matter; None means all of them."""

_SPLIT = frozenset({"exchange", "caller", "size"})
"""Objects that are projected field by field; lists are by what their entries say, all other facts whole."""

_RESTLESS = frozenset({"body_bytes", "id"})
"""Fields of the exchange that differ from call to call."""


@dataclass(frozen=True, slots=True)
class Reads:
    """Facts that matter: None means all of them."""

    fields: Mapping[str, Fields] | None

    lists: Mapping[str, Items] = field(default_factory=dict)
    """What matters of the lists among them."""

    sizes: Mapping[str, Levels | None] = field(default_factory=dict)
    """By field of ``size``, the thresholds that it is compared with; None where it matters as it is."""

    @property
    def restless(self) -> bool:
        """Whether something may be read that differs from call to call: no answer is worth remembering."""
        if self.fields is None or "time" in self.fields:
            return True
        of_exchange = self.fields.get("exchange", frozenset())
        odd = of_exchange is None or bool(of_exchange & _RESTLESS)
        return odd or ("segments" in self.lists and self.lists["segments"].restless)

    def of(self, facts: Mapping[str, object]) -> bytes:
        """``facts`` without what cannot be read, as JSON."""
        return document(self.projected(facts))

    def projected(self, facts: Mapping[str, object]) -> dict[str, object]:
        """``facts`` without what cannot be read."""
        if self.fields is None:
            return dict(facts)
        return {
            name: self.lists[name].of(facts[name], KINDS[name])
            if name in self.lists
            else self._part(name, facts[name], wanted)
            for name, wanted in self.fields.items()
            if name in facts
        }

    def _part(self, name: str, fact: object, wanted: Fields) -> object:
        if wanted is None or not isinstance(fact, dict):
            return fact
        lean = {key: fact[key] for key in wanted if key in fact}
        if name != "size":
            return lean
        return {
            key: known.of(value) if (known := self.sizes.get(key)) else value for key, value in lean.items()
        }

    def __or__(self, other: "Reads") -> "Reads":
        """What either can read."""
        if self.fields is None or other.fields is None:
            return Reads(None)
        joined = dict(self.fields)
        for name, wanted in other.fields.items():
            mine = joined.get(name, frozenset())
            joined[name] = None if mine is None or wanted is None else mine | wanted
        return Reads(joined, _joined(self.lists, other.lists), _levelled(self.sizes, other.sizes))


def _joined(one: Mapping[str, Items], other: Mapping[str, Items]) -> dict[str, Items]:
    both = {name: one[name] | other[name] for name in one.keys() & other.keys()}
    return {**one, **other, **both}


def _levelled(
    one: Mapping[str, Levels | None], other: Mapping[str, Levels | None]
) -> dict[str, Levels | None]:
    both = {name: either(one[name], other[name]) for name in one.keys() & other.keys()}
    return {**one, **other, **both}


def document(facts: Mapping[str, object]) -> bytes:
    """The input document, one for equal facts."""
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)


def union(all_reads: Iterable[Reads]) -> Reads:
    """What any of several can read."""
    return reduce(or_, all_reads, Reads({}))


def reads(
    modules: Sequence[Module], roots: Iterable[Path], data: Mapping[str, object] | None = None
) -> Reads:
    """What the rules at ``roots``, and all that they lead to, can read of the input.

    Given the base documents, ``data``, scores are told apart by thresholds where those are all that counts.
    """
    paths = {path for path in referenced(modules, roots) if path[0] == "input"}
    if any(len(path) < 2 or path[1] is None for path in paths):
        return Reads(None)
    fields: dict[str, Fields] = {}
    for path in sorted(paths, key=str):
        name = str(path[1])
        part = path[2] if name in _SPLIT and len(path) > 2 else None
        present = fields.get(name, frozenset())
        fields[name] = None if part is None or present is None else present | {part}
    edges = graph(modules)
    wanted = {name for root in roots if root in edges for name in reached(edges, root)}
    rules = [(module, rule) for module in modules for rule in module.rules if full(module, rule) in wanted]
    steady = not any(replaces(rule) for _, rule in rules)
    sight = Sight(set(edges), data if steady else None)
    return Reads(
        fields,
        reduce(_joined, (items(module, rule, sight) for module, rule in rules), {}),
        reduce(_levelled, (_sizes(module, rule, sight) for module, rule in rules), {}),
    )


def _sizes(module: Module, rule: Rule, sight: Sight) -> dict[str, Levels | None]:
    """What ``rule`` compares each of the sizes with that it reads."""
    refs = [resolve(module, ref.path, sight.names) for ref in used(rule)]
    read = {path[:3] for path in refs if path and path[:2] == ("input", "size") and len(path) > 2}
    return {str(path[2]): levels(rule, path, refs, sight) for path in read}


def referenced(modules: Sequence[Module], roots: Iterable[Path]) -> set[Path]:
    """Every document that the rules at ``roots``, and all that they lead to, refer to: parts of the input, of
    data, and rules. None in a path stands for a key that is only known at run time."""
    edges = graph(modules)
    names = set(edges)
    wanted = {name for root in roots if root in edges for name in reached(edges, root)}
    return {
        path
        for module in modules
        for rule in module.rules
        if ("data", *module.package, rule.name) in wanted
        for ref in used(rule)
        if (path := resolve(module, ref.path, names)) is not None
    }
