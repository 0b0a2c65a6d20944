"""The same bundle and the same facts, asked of a real OPA server: verdicts, decisions, plans and faults are
those of the embedded engine.

Runs where ``make opa`` has installed one, or where ``opa`` is on PATH.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gateway.core.decision import Decision, Phase
from gateway.policy.authority import Snapshot
from gateway.policy.bundle import load
from gateway.policy.combine import FAULT
from gateway.policy.embedded import EmbeddedEngine
from gateway.policy.engine import Facts
from gateway.policy.matter import Matter
from gateway.policy.opa.breaker import Breaker
from gateway.policy.opa.engine import OpaEngine
from gateway.policy.opa.snapshot import OpaSnapshot
from gateway.policy.opa.transport import Address, Transport
from gateway.policy.shipped import assemble, packs
from tests.policy import test_negation
from tests.policy.generated import Draws
from tests.policy.opa_server import bundled, opa, opa_binary, opa_server

INSTALLED = ("classifiers", "patterns", "secrets")
PHASES: tuple[Phase, ...] = ("request", "response")
INPUTS = 400

pytestmark = pytest.mark.skipif(not opa_binary(), reason="there is no opa: `make opa` installs one")


class Deaf:
    """Nobody listens."""

    def asked(self, package: str, seconds: float, why: str) -> None:
        pass

    def changed(self, state: str) -> None:
        pass


@dataclass(frozen=True)
class Pair:
    """Two engines that have one bundle."""

    embedded: EmbeddedEngine
    asked: OpaEngine

    def snapshots(self) -> tuple[Snapshot, OpaSnapshot]:
        """What the gateway would hold."""
        parts = {"digest": str.upper, "clock": lambda: 1_700_000_000_000, "installed": INSTALLED}
        return Snapshot(self.embedded, **parts), OpaSnapshot(self.asked, **parts)  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=["baseline", *packs()])
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of what ships: the baseline, alone or under a pack."""
    names = [] if request.param == "baseline" else [request.param]
    folder = tmp_path_factory.mktemp(request.param)
    assemble(folder, names)
    return folder


@pytest.fixture(scope="module")
def pair(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """The bundle in the embedded engine, and, built by OPA itself, in an OPA server."""
    folder = tmp_path_factory.mktemp("opa")
    bundle = load(root)
    archive = bundled(root, bundle.revision, folder / "bundle.tar.gz")
    with opa_server(folder / "opa.log", "--bundle", str(archive)) as server:
        breaker = Breaker(failures=10**9, cooldown_s=1, clock=lambda: 0.0)
        transport = Transport(Address(server.url, timeout_s=30))
        asked = OpaEngine(transport, breaker, installed=INSTALLED, listener=Deaf())
        yield Pair(EmbeddedEngine(bundle, INSTALLED), asked)
        asked.close()


def _said(engine: EmbeddedEngine | OpaEngine, phase: Phase, facts: Facts) -> list[str] | str:
    """The views in a fixed order, or that there was a fault."""
    try:
        return sorted(map(repr, engine.evaluate(phase, facts)))
    except Exception:  # noqa: BLE001 - a fault is a fault: both decide closed
        return "fault"


def _planned(engine: EmbeddedEngine | OpaEngine, facts: Facts) -> str:
    try:
        return repr(engine.plan(facts))
    except Exception:  # noqa: BLE001 - as above
        return "fault"


def _without_words(decision: Decision) -> Decision:
    """The decision, whatever it says of a fault: the engines have words of their own."""
    verdicts = (
        replace(verdict, reason="", params={}) if verdict.rule == FAULT else verdict
        for verdict in decision.verdicts
    )
    return replace(decision, verdicts=tuple(verdicts))


def _may_lack(root: Path) -> bool:
    """Whether facts may be missing, which the gateway never lets happen. Rules of packs say ``not f(x)``: see
    :func:`test_where_the_engines_differ`."""
    return root.name == "baseline"


@pytest.mark.parametrize("phase", PHASES)
def test_same_verdicts_or_a_fault_on_both(root: Path, pair: Pair, phase: Phase) -> None:
    draws = Draws(root, seed=PHASES.index(phase))
    spoke = 0
    for _ in range(INPUTS):
        facts = draws.facts(phase, wrong=False)
        ours = _said(pair.embedded, phase, facts)
        assert ours == _said(pair.asked, phase, facts), facts
        spoke += bool(ours) and ours != "fault"
    assert spoke > INPUTS / 10, "hardly any of these inputs made a rule speak"


@pytest.mark.parametrize("root", ["baseline"], indirect=True)
@pytest.mark.parametrize("phase", PHASES)
def test_facts_that_no_gateway_makes_are_judged_alike_or_are_a_fault(
    root: Path, pair: Pair, phase: Phase
) -> None:
    """The embedded engine hands a rule only what it can read, so nonsense elsewhere is no fault to it."""
    draws = Draws(root, seed=10 + PHASES.index(phase))
    for _ in range(INPUTS):
        facts = draws.facts(phase, wrong=True)
        ours, theirs = _said(pair.embedded, phase, facts), _said(pair.asked, phase, facts)
        assert ours == theirs or "fault" in (ours, theirs), facts


def test_same_plans_or_a_fault_on_both(root: Path, pair: Pair) -> None:
    draws = Draws(root, seed=2)
    for _ in range(INPUTS):
        facts = draws.facts("plan", wrong=_may_lack(root))
        assert _planned(pair.embedded, facts) == _planned(pair.asked, facts), facts


@pytest.mark.parametrize("phase", PHASES)
def test_same_decisions(root: Path, pair: Pair, phase: Phase) -> None:
    draws = Draws(root, seed=3 + PHASES.index(phase))
    ours, theirs = pair.snapshots()
    answers: set[bool] = set()
    for _ in range(INPUTS):
        exchange = draws.exchange()
        found = (draws.segments(), draws.findings(), draws.coverage())
        plan = ours.plan(exchange)
        assert theirs.plan(exchange) == plan, exchange
        asked = Matter(phase, exchange, plan, *found)
        if phase == "response":
            request = ours.judge(replace(asked, phase="request"))
            asked = replace(asked, request=request, status=200, finish=draws.string())
        decision = ours.judge(asked)
        assert _without_words(theirs.judge(asked)) == _without_words(decision), asked
        answers.add(decision.answer.stops)
    assert answers == {True, False}


def test_passes_opa_check(root: Path) -> None:
    done = opa("check", "--strict", str(root))
    assert done.returncode == 0, done.stderr


def test_passes_opa_test(root: Path) -> None:
    done = opa("test", str(root))
    assert done.returncode == 0, done.stdout


def test_is_formatted(root: Path) -> None:
    assert opa("fmt", "--list", str(root)).stdout == ""


DIFFERENT = """package lictor.request

import rego.v1

deny contains {"rule": "a.negated", "reason": "N."} if not input.caller.attributes.purpose in {"care"}

deny contains {"rule": "a.asked", "reason": "A."} if {
	not object.get(input.caller.attributes, "purpose", "") in {"care"}
}

flag contains {"rule": "a.null", "reason": "X."} if some finding in input.findings
"""
PLAN = 'package lictor.plan\n\ndetectors contains "patterns"\n'


def test_where_the_engines_differ(
    make_bundle: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What docs/how-to/opa.md says of it. In a negated call, OPA takes the whole rule for undefined when an
    argument is missing; the embedded engine takes the call for undefined, and its negation for true."""
    root = make_bundle({"a.rego": DIFFERENT, "plan.rego": PLAN})
    archive = bundled(root, "r1", tmp_path_factory.mktemp("opa") / "bundle.tar.gz")
    embedded = EmbeddedEngine(load(root))
    with opa_server(archive.with_name("opa.log"), "--bundle", str(archive)) as server:
        transport = Transport(Address(server.url, timeout_s=30))
        asked = OpaEngine(transport, Breaker(failures=9, cooldown_s=1, clock=lambda: 0.0), listener=Deaf())
        facts: Facts = {"caller": {"attributes": {}}, "findings": []}
        assert {verdict.rule for verdict in embedded.evaluate("request", facts)} == {"a.negated", "a.asked"}
        assert {verdict.rule for verdict in asked.evaluate("request", facts)} == {"a.asked"}
        for purpose, rules in (("care", set()), ("other", {"a.negated", "a.asked"})):
            facts = {"caller": {"attributes": {"purpose": purpose}}, "findings": []}
            for engine in (embedded, asked):
                assert {verdict.rule for verdict in engine.evaluate("request", facts)} == rules
        facts = {"caller": {"attributes": {"purpose": "care"}}, "findings": None}
        assert (_said(embedded, "request", facts), _said(asked, "request", facts)) == ("fault", [])
        asked.close()


def test_warnings_are_of_what_differs_and_of_nothing_else(
    make_bundle: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = make_bundle({"a.rego": test_negation.SOURCE, "plan.rego": PLAN})
    archive = bundled(root, "r1", tmp_path_factory.mktemp("opa") / "bundle.tar.gz")
    facts: Facts = {"caller": {"tenant": "x", "attributes": {}}, "exchange": {"parameters": {}}}
    with opa_server(archive.with_name("opa.log"), "--bundle", str(archive)) as server:
        transport = Transport(Address(server.url, timeout_s=30))
        asked = OpaEngine(transport, Breaker(failures=9, cooldown_s=1, clock=lambda: 0.0), listener=Deaf())
        ours, theirs = (
            {verdict.rule.removeprefix("a.") for verdict in engine.evaluate("request", facts)}
            for engine in (EmbeddedEngine(load(root)), asked)
        )
        asked.close()
    assert ours - theirs == set(test_negation.DIFFERENT)
    assert theirs <= ours
