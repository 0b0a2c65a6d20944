"""The embedded engine: a bundle, parsed once, evaluated in this process by a strict interpreter."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial

import orjson

from gateway.core.decision import Phase, Verdict
from gateway.core.errors import PolicyFault
from gateway.policy.bundle import Bundle
from gateway.policy.engine import Facts, verdicts
from gateway.policy.interpreter import SHARED, Interpreter, guarded, interpreter
from gateway.policy.language import PLAN_RULES, PLAN_SETS, SETS
from gateway.policy.memo import Memo
from gateway.policy.parts import parts
from gateway.policy.plan import Plan, plan_from
from gateway.policy.reads import document, reads, union
from gateway.policy.syntax import Module, expanded, parse

ENTRY = "__lictor_entry__"
"""Package of the generated module; bundles cannot define it, theirs all begin with ``lictor``."""

_OFFERED = {"request": SETS, "response": SETS, "plan": PLAN_RULES}
_PLANS = 4096


class EmbeddedEngine:
    """Evaluates one bundle, in any thread: each has its own interpreters."""

    blocking = False

    def __init__(self, bundle: Bundle, installed: Iterable[str] = ()) -> None:
        self.revision = bundle.revision
        self._installed = tuple(installed)
        self._planner = Part(bundle, "plan")
        self._plans = lru_cache(_PLANS)(self._plan)
        self._phases: Mapping[Phase, _Phase] = {
            "request": _Phase(bundle, "request"),
            "response": _Phase(bundle, "response"),
        }

    def warm(self) -> Iterator[None]:
        """Make this thread's interpreters, one with each turn."""
        for part in (self._planner, *(part for phase in self._phases.values() for part in phase.parts)):
            part.warm()
            yield

    def plan(self, facts: Facts) -> Plan:
        """Which checks to run, remembered for equal facts."""
        return self._plans(document(facts))

    def evaluate(self, phase: Phase, facts: Facts) -> tuple[Verdict, ...]:
        """Every rule's view; a part that fails leaves none of them."""
        return self._phases[phase].verdicts(facts)

    def _plan(self, asked: bytes) -> Plan:
        return plan_from(self._planner.ask(asked), self._installed)


class _Phase:
    """The rules of one phase, asked part by part: what is new to one may be old to the others."""

    def __init__(self, bundle: Bundle, phase: Phase) -> None:
        groups = parts(bundle.modules, phase)
        self.parts = tuple(Part(replace(bundle, modules=group), phase) for group in groups)
        self._steady = [part for part in self.parts if not part.reads.restless]
        self._restless = [part for part in self.parts if part.reads.restless]
        self._reads = union(part.reads for part in self._steady)
        # The key of a memo is the very input document, so a hit cannot depend on anything else.
        self._answers = Memo[tuple[Verdict, ...]]()

    def verdicts(self, facts: Facts) -> tuple[Verdict, ...]:
        """Every rule's view; facts that all came before are answered by one look-up."""
        relevant = self._reads.projected(facts)
        steady = self._answers.get(document(relevant), partial(_views, self._steady, relevant))
        return (*steady, *_views(self._restless, facts))


def _views(asked: Iterable["Part"], facts: Facts) -> tuple[Verdict, ...]:
    return tuple(verdict for part in asked for verdict in part.verdicts(facts))


class Part:
    """Rules of one phase that are evaluated together."""

    def __init__(self, bundle: Bundle, entry: str) -> None:
        self._entry = entry
        self._offered = offered(bundle)[entry]
        # Sets always have a value; a scalar of the plan may be left to its default.
        self._needed = self._offered - (PLAN_RULES - PLAN_SETS if entry == "plan" else frozenset())
        self._key = "\n".join([bundle.revision, entry, *(module.file for module in bundle.modules)])
        self._make = partial(prepare, bundle, [entry_module({entry: self._offered})])
        roots = [("data", "lictor", entry, name) for name in self._offered]
        self.reads = reads(bundle.modules, roots, bundle.data)
        self._answers = Memo[tuple[Verdict, ...]]()

    def warm(self) -> None:
        """Make this thread's interpreter, and let it prepare itself on an input without facts."""
        if self._offered:
            with suppress(PolicyFault):
                ask(SHARED.get(self._key, self._make), self._entry, b"{}")

    def verdicts(self, facts: Facts) -> tuple[Verdict, ...]:
        """These rules' views; small inputs that came before are not evaluated again."""
        relevant = self.reads.projected(facts)
        key = document(relevant)
        make = partial(self._verdicts, key, relevant)
        return make() if self.reads.restless else self._answers.get(key, make)

    def _verdicts(self, asked: bytes, facts: Facts) -> tuple[Verdict, ...]:
        return verdicts(self.ask(asked), _finding_ids(facts))

    def ask(self, asked: bytes) -> dict[str, object]:
        """Names and values of what these rules define."""
        if not self._offered:
            return {}
        values = ask(SHARED.get(self._key, self._make), self._entry, asked)
        if missing := self._needed - values.keys():
            raise PolicyFault(f"`{min(missing)}` of lictor.{self._entry} is undefined")
        return values


def ask(engine: Interpreter, entry: str, asked: bytes) -> dict[str, object]:
    """Evaluate one rule of the generated module."""
    guarded(partial(engine.set_input_json, asked.decode()))
    return dict(orjson.loads(guarded(partial(engine.eval_rule_as_json, f"data.{ENTRY}.{entry}"))))


def prepare(bundle: Bundle, extra: Iterable[Module]) -> Interpreter:
    """An interpreter that holds the bundle and the ``extra`` modules, or ``EngineError``."""
    sources = {module.file: expanded(module) for module in (*bundle.modules, *extra)}
    return guarded(partial(_filled, sources, orjson.dumps(bundle.data).decode()))


def _filled(sources: Mapping[str, str], data: str) -> Interpreter:
    engine = interpreter()
    for file, source in sources.items():
        engine.add_policy(file, source)
    engine.add_data_json(data)
    return engine


def offered(bundle: Bundle) -> dict[str, frozenset[str]]:
    """Which of the rules that the gateway asks for this bundle defines, by package."""
    found: dict[str, set[str]] = {name: set() for name in _OFFERED}
    for module in bundle.modules:
        if len(module.package) == 2 and module.package[1] in found:
            found[module.package[1]] |= {rule.name for rule in module.rules}
    return {name: _OFFERED[name] & rules for name, rules in found.items()}


def entry_module(offers: Mapping[str, frozenset[str]]) -> Module:
    """The generated module: one rule a phase that collects the sets which the bundle really has."""
    return parse(f"{ENTRY}.rego", "\n".join([f"package {ENTRY}", *_entries(offers)]))


def _entries(offers: Mapping[str, frozenset[str]]) -> Iterator[str]:
    for entry, names in sorted(offers.items()):
        for name in sorted(names):
            yield f'{entry} contains ["{name}", value] if value := data.lictor.{entry}.{name}'


def _finding_ids(facts: Facts) -> frozenset[str]:
    """The findings that these rules were told of, and may name."""
    findings = facts.get("findings")
    return (
        frozenset(item["id"] for item in findings if "id" in item)
        if isinstance(findings, list)
        else frozenset()
    )
