"""Running YAML cases: facts or an exchange in; answer, rules, obligations or plan out."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gateway.core.decision import Decision, Obligation, Phase, Verdict
from gateway.core.errors import ConfigError, LictorError, PolicyFault
from gateway.policy.bundle import BundleError
from gateway.policy.case_files import Case, read_cases
from gateway.policy.combine import faulted
from gateway.policy.deciding import decide
from gateway.policy.engine import Engine, Facts
from gateway.policy.plan import Plan
from gateway.policy.scaffold.scopes import Scopes, scopes

Outcome = Decision | Plan
Exchanger = Callable[[Case, Engine], Outcome]
"""Takes the exchange of a case through wire codec, detectors and policy; policy alone has no codecs."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case fared."""

    case: Case
    differences: tuple[str, ...]
    """What is not as expected, a line each; empty when the case passed."""

    outcome: Outcome | None
    """What came out; None when nothing did."""

    seconds: float

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences

    @property
    def name(self) -> str:
        """The case's own name."""
        return self.case.name

    @property
    def error(self) -> str:
        """All differences in one text; empty when the case passed."""
        return "; ".join(self.differences)


def run_cases(path: str | Path, engine: Engine, exchanger: Exchanger | None = None) -> list[CaseResult]:
    """Run every case below ``path`` (a bundle, its folder of cases, or one file) on ``engine``.

    A case that gives an exchange needs an ``exchanger``. Raises :class:`BundleError` for cases that are
    malformed. An empty list means that there were none, which callers must not report as success.
    """
    root = Path(path)
    return list(run_all(read_cases(root), engine, exchanger, scopes(root)))


def run_all(
    cases: Iterable[Case],
    engine: Engine,
    exchanger: Exchanger | None = None,
    silent: Scopes = MappingProxyType({}),
) -> Iterator[CaseResult]:
    """Run cases that were read before; ``silent`` names the rules that have no say in a file of cases."""
    for case in cases:
        heard = Among(engine, case.only, silent.get(case.file, frozenset()))
        started = time.perf_counter()
        try:
            outcome, differences = judged(case, heard, exchanger)
        except ConfigError:
            raise
        except LictorError as error:
            outcome, differences = None, (f"the exchange was refused: {error}",)
        yield CaseResult(case, differences, outcome, time.perf_counter() - started)


class Among:
    """An engine of which only some rules are heard."""

    blocking = False

    def __init__(self, engine: Engine, only: tuple[str, ...], silent: frozenset[str]) -> None:
        self.revision = engine.revision
        self._engine, self._only, self._silent = engine, only, silent

    def plan(self, facts: Facts) -> Plan:
        """Which checks to run."""
        return self._engine.plan(facts)

    def evaluate(self, phase: Phase, facts: Facts) -> tuple[Verdict, ...]:
        """The views of the rules that are heard."""
        views = self._engine.evaluate(phase, facts)
        return tuple(view for view in views if self._hears(view.rule))

    def _hears(self, rule: str) -> bool:
        wanted = not self._only or any(rule == each or rule.startswith(f"{each}.") for each in self._only)
        return wanted and rule not in self._silent


def judged(case: Case, engine: Engine, exchanger: Exchanger | None = None) -> tuple[Outcome, tuple[str, ...]]:
    """What comes out of a case, and how it differs from what is expected."""
    try:
        outcome = _outcome(case, engine, exchanger)
    except PolicyFault as fault:
        phase: Phase = "response" if case.phase == "response" else "request"
        closed = faulted(phase, engine.revision)
        told = tuple(differences(case.expect, closed))
        return closed, (*told, f"policy failed: {fault}") if told else ()
    return outcome, tuple(differences(case.expect, outcome))


def _outcome(case: Case, engine: Engine, exchanger: Exchanger | None) -> Outcome:
    if case.facts is None:
        if exchanger is None:
            raise BundleError(
                case.file, case.line, case.name, "an exchange needs a gateway: run `lictor policy test`"
            )
        return exchanger(case, engine)
    if case.phase == "plan":
        return engine.plan(case.facts)
    return decide(engine, case.phase, case.facts)


# --- comparing ----------------------------------------------------------------------------------------------


def differences(expect: Mapping[str, Any], outcome: Outcome) -> Iterator[str]:
    """Where ``outcome`` is not what is expected, a line each."""
    if isinstance(outcome, Plan):
        yield from _of_plan(expect.get("plan", {}), outcome)
        return
    if "answer" not in expect:
        yield f"expected a plan, got the answer {outcome.answer.value}"
        return
    if outcome.answer.value != expect["answer"]:
        yield f"answer: expected {expect['answer']}, got {outcome.answer.value}"
    if "rules" in expect:
        yield from _of_rules(set(expect["rules"]), {verdict.rule for verdict in outcome.verdicts})
    if "obligations" in expect:
        yield from _of_obligations(expect["obligations"], outcome.obligations)


def _of_plan(expect: Mapping[str, Any], plan: Plan) -> Iterator[str]:
    values = {field.name: getattr(plan, field.name) for field in fields(plan)}
    for name, wanted in expect.items():
        got = values[name]
        if (sorted(wanted) if isinstance(wanted, list) else wanted) != (
            list(got) if isinstance(got, tuple) else got
        ):
            yield f"plan.{name}: expected {wanted}, got {got}"


def _of_rules(expected: set[str], spoke: set[str]) -> Iterator[str]:
    if missing := sorted(expected - spoke):
        yield f"rules: silent, but expected: {', '.join(missing)}"
    if extra := sorted(spoke - expected):
        yield f"rules: spoke, but not expected: {', '.join(extra)}"


def _of_obligations(expected: list[dict[str, Any]], got: tuple[Obligation, ...]) -> Iterator[str]:
    """Each expected one takes one that has all it names; nothing may be left on either side."""
    left = [_plain(obligation) for obligation in got]
    for wanted in expected:
        found = next((each for each in left if _has(each, wanted)), None)
        if found is None:
            yield f"obligations: none is {_told(wanted)}"
        else:
            left.remove(found)
    for each in left:
        yield f"obligations: not expected: {_told(each)}"


def _plain(obligation: Obligation) -> dict[str, Any]:
    own = {"effect": obligation.effect.value, "rule": obligation.rule, "findings": list(obligation.findings)}
    return {**own, **obligation.params}


def _has(whole: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    missing = object()
    return all(_sorted(whole.get(name, missing)) == _sorted(value) for name, value in wanted.items())


def _sorted(value: object) -> object:
    return sorted(value, key=str) if isinstance(value, list) else value


def _told(obligation: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {value}" for name, value in obligation.items() if value != []) + "}"
