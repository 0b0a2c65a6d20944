"""One side of a comparison: a bundle as groups of rules that answer independently of each other.

Groups that two bundles share, with equal rules and equal data behind them, are one object: its answer about
the same facts is the same, so it is asked once. And where it reads a fact that was not recorded, it said then
what it would say now.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

import orjson

from gateway.core.decision import Phase, Verdict
from gateway.policy.bundle import Bundle
from gateway.policy.embedded import Part
from gateway.policy.engine import Facts
from gateway.policy.language import PHASES, PLAN_RULES, SETS
from gateway.policy.parts import parts
from gateway.policy.plan import Plan, plan_from
from gateway.policy.reads import referenced
from gateway.policy.replay import DIGEST, Hole, Replay
from gateway.policy.syntax import Module, Path, string, walk

Modules = Sequence[Module]
Holes = frozenset[Hole]


class Group:
    """Rules of one phase (or of the plan) that are evaluated together."""

    def __init__(self, bundle: Bundle, entry: str, reads: Iterable[Path]) -> None:
        self.part = Part(bundle, entry)
        self.rules = frozenset(_rule_ids(bundle.modules))
        self._paths = tuple(path[1:] for path in reads if path[0] == "input")
        self._digests = bundle.reads("digest")
        self.blind = lru_cache(4096)(self._blind)

    def _blind(self, holes: Holes) -> bool:
        """Whether these rules may read one of the holes."""
        return any(self._reads(hole) for hole in holes)

    def _reads(self, hole: Hole) -> bool:
        if hole == DIGEST:
            return self._digests
        return any(_meets(path, hole) for path in self._paths)

    def verdicts(self, facts: Facts) -> tuple[Verdict, ...]:
        """These rules' views; raises :class:`~gateway.core.errors.PolicyFault`."""
        return self.part.verdicts(facts)


Pool = dict[bytes, Group]
"""Groups by what they are made of."""


class Side:
    """A bundle, ready to judge recorded facts."""

    def __init__(self, bundle: Bundle, pool: Pool) -> None:
        self.revision = bundle.revision
        self._planner = _group(bundle, "plan", bundle.modules, pool)
        self._groups: Mapping[str, tuple[Group, ...]] = {
            phase: tuple(
                _group(bundle, phase, group, pool) for group in parts(bundle.modules, cast("Phase", phase))
            )
            for phase in PHASES
        }
        self._plans = lru_cache(4096)(self._planned)

    def groups(self, phase: Phase) -> tuple[Group, ...]:
        """The groups of a phase."""
        return self._groups[phase]

    def plan(self, replay: Replay) -> Plan | None:
        """What would have been run; None where the plan's rules may read what was not recorded.

        Raises:
            PolicyFault: the plan's rules fail.
        """
        if self._planner.blind(replay.holes):
            return None
        return self._plans(self._planner.part.reads.of(replay.planning), replay.installed)

    def _planned(self, document: bytes, installed: tuple[str, ...]) -> Plan:
        return plan_from(self._planner.part.ask(document), installed)


def _group(bundle: Bundle, entry: str, modules: Modules, pool: Pool) -> Group:
    names = SETS if entry in PHASES else PLAN_RULES
    reads = referenced(modules, [("data", "lictor", entry, name) for name in names])
    key = orjson.dumps([
        entry, sorted((module.file, module.source) for module in modules), _data(bundle.data, reads),
    ], option=orjson.OPT_SORT_KEYS)  # fmt: skip
    if key not in pool:
        pool[key] = Group(replace(bundle, modules=tuple(modules)), entry, reads)
    return pool[key]


def _data(data: Mapping[str, object], reads: Iterable[Path]) -> list[object]:
    """The base documents that rules can read."""
    paths = sorted({_static(path) for path in reads if path[0] == "data"})
    return [[path, _at(data, path)] for path in paths]


def _static(path: Path) -> tuple[str, ...]:
    """The path of a document up to what is only known at run time."""
    end = path.index(None) if None in path else len(path)
    return cast("tuple[str, ...]", path[1:end])


def _at(data: object, path: Sequence[str]) -> object:
    for name in path:
        if not isinstance(data, Mapping):
            return data
        data = data.get(name)
    return data


def _meets(path: Path, hole: Hole) -> bool:
    """True when one of the two may be the beginning of the other."""
    return all(part is None or part == other for part, other in zip(path, hole, strict=False))


def _rule_ids(modules: Modules) -> Iterator[str]:
    """Ids that rule objects carry, as far as they are literal; a checked bundle has no others."""
    for module in modules:
        for rule in module.rules:
            for kind, body in walk([rule.head, list(rule.bodies)]):
                if kind == "Object":
                    yield from _literal_ids(body["fields"])


def _literal_ids(fields: Iterable[Sequence[Mapping[str, object]]]) -> Iterator[str]:
    for _, key, value in fields:
        if string(key) == "rule" and (name := string(value)) is not None:
            yield name
