"""An engine to look into: a bundle with its tests in one interpreter, without any memory of answers.

It answers as :class:`~gateway.policy.embedded.EmbeddedEngine` does, and beside that runs test rules, takes
other base documents, and tells what was printed and which lines ran. It belongs to the thread that made it.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from functools import partial
from typing import Self

import orjson

from gateway.core.decision import Phase, Verdict
from gateway.core.errors import PolicyFault
from gateway.policy.bundle import Bundle
from gateway.policy.embedded import ask, entry_module, offered
from gateway.policy.engine import Facts, verdicts
from gateway.policy.interpreter import Interpreter, guarded, interpreter
from gateway.policy.language import PLAN_RULES, PLAN_SETS
from gateway.policy.plan import Plan, plan_from
from gateway.policy.syntax import Module, expanded

UNDEFINED = "<undefined>"
"""What the interpreter says of a rule without a value."""


class Probe:
    """One bundle, one interpreter."""

    blocking = False

    def __init__(self, bundle: Bundle, tests: Sequence[Module] = (), *, lines: bool = False) -> None:
        self.revision = bundle.revision
        self._offered = offered(bundle)
        modules = (*bundle.modules, *tests, entry_module(self._offered))
        self._sources = {module.file: expanded(module) for module in modules}
        self._data = orjson.dumps(bundle.data).decode()
        self._engine = guarded(partial(_filled, self._sources, self._data))
        self._engine.set_enable_coverage(lines)

    def with_source(self, file: str, source: str) -> Self:
        """Another probe, in which one file reads otherwise."""
        other = copy(self)
        sources = self._sources | {file: source}
        vars(other).update(_sources=sources, _engine=guarded(partial(_filled, sources, self._data)))
        return other

    def plan(self, facts: Facts) -> Plan:
        """Which checks to run; without rules for detectors, those that ``facts`` name as installed."""
        installed = facts.get("installed")
        return plan_from(self._ask("plan", facts), tuple(installed) if isinstance(installed, list) else ())

    def evaluate(self, phase: Phase, facts: Facts) -> tuple[Verdict, ...]:
        """Every rule's view. Raises ``PolicyFault``."""
        findings = facts.get("findings")
        ids = {item["id"] for item in findings} if isinstance(findings, list) else set()
        return verdicts(self._ask(phase, facts), ids)

    def _ask(self, entry: str, facts: Facts) -> dict[str, object]:
        wanted = self._offered[entry]
        values = ask(self._engine, entry, orjson.dumps(dict(facts))) if wanted else {}
        optional = PLAN_RULES - PLAN_SETS if entry == "plan" else frozenset()
        if missing := sorted(wanted - optional - values.keys()):
            raise PolicyFault(f"`{missing[0]}` of lictor.{entry} is undefined")
        return values

    def rule(self, path: str) -> object:
        """The value of one rule, :data:`UNDEFINED` when it has none. Raises ``PolicyFault``."""
        return orjson.loads(guarded(partial(self._engine.eval_rule_as_json, path)))

    def query(self, text: str) -> object:
        """The value of one expression over the last input, None when it has none. Raises ``PolicyFault``."""
        answer = orjson.loads(guarded(partial(self._engine.eval_query_as_json, text)))
        results = answer.get("result") or [{"expressions": []}]
        values = [expression["value"] for expression in results[0]["expressions"]]
        return values[-1] if values else None

    def forget_input(self) -> None:
        """Tests begin without an input."""
        guarded(partial(self._engine.set_input_json, "{}"))

    def lay(self, data: Mapping[str, object]) -> None:
        """Put other base documents in the place of the bundle's own."""
        guarded(self._engine.clear_data)
        guarded(partial(self._engine.add_data_json, orjson.dumps(data).decode()))

    def prints(self) -> list[str]:
        """What was printed since the last call."""
        return list(self._engine.take_prints())

    def forget_lines(self) -> None:
        """Begin anew with noting which lines run."""
        self._engine.clear_coverage_data()

    def lines(self) -> Mapping[str, tuple[frozenset[int], frozenset[int]]]:
        """By file: the lines that ran, and those that did not."""
        report = orjson.loads(self._engine.get_coverage_report_as_json())
        return {
            file["path"]: (frozenset(file["covered"]), frozenset(file["not_covered"]))
            for file in report["files"]
        }


def _filled(sources: Mapping[str, str], data: str) -> Interpreter:
    engine = interpreter()
    for file, source in sources.items():
        engine.add_policy(file, source)
    engine.add_data_json(data)
    return engine
