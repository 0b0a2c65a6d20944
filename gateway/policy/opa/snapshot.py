"""What one exchange asks of OPA, and what a fault decides: the declared fail mode.

OPA changes its bundle when it likes, so the request and the response of one exchange may see two whole
revisions. Each decision says which one it is of.
"""

from dataclasses import dataclass, replace

from gateway.core.decision import Answer, Decision, Effect, FailMode, Mode, Phase, Verdict
from gateway.core.exchange import Exchange
from gateway.policy.authority import Clock, Snapshot, wall_clock_ms
from gateway.policy.combine import FAULT, combine
from gateway.policy.engine import Facts
from gateway.policy.facts import Digest, plan_facts
from gateway.policy.matter import Matter
from gateway.policy.opa.engine import OpaEngine
from gateway.policy.opa.fault import OpaFault
from gateway.policy.plan import Plan


class _Question:
    """OPA as the engine of a single question, whose revision is known once it is answered."""

    blocking = True

    def __init__(self, engine: OpaEngine) -> None:
        self._engine = engine
        self.revision = engine.revision
        self.fault: OpaFault | None = None

    def plan(self, facts: Facts) -> Plan:
        return self._engine.plan(facts)

    def evaluate(self, phase: Phase, facts: Facts) -> tuple[Verdict, ...]:
        try:
            views = self._engine.views(phase, facts)
        except OpaFault as fault:
            self.fault = fault
            raise
        self.revision = views.revision
        return views.verdicts


@dataclass(frozen=True, slots=True)
class OpaSnapshot:
    """Asks OPA; the counterpart of :class:`gateway.policy.authority.Snapshot`."""

    engine: OpaEngine
    fail: FailMode = "closed"
    mode: Mode = "enforce"
    digest: Digest | None = None
    clock: Clock = wall_clock_ms
    installed: tuple[str, ...] = ()

    @property
    def revision(self) -> str:
        """The revision that OPA answered with last."""
        return self.engine.revision

    def known_plan(self, exchange: Exchange) -> Plan | None:
        """The plan where no question is needed; never waits."""
        return self.engine.known_plan(plan_facts(exchange, self.installed))

    def plan(self, exchange: Exchange) -> Plan:
        """Which checks to run. Raises ``PolicyFault``, unless faults are declared open."""
        try:
            return self.engine.plan(plan_facts(exchange, self.installed))
        except OpaFault as fault:
            return self.unplanned(fault)

    def unplanned(self, fault: OpaFault) -> Plan:
        """Without a plan: nothing is served, or, where faults are open, everything that there is is run."""
        if self.fail == "closed":
            raise fault
        everything = tuple(sorted(self.installed))
        return Plan(everything, everything)

    def judge(self, matter: Matter) -> Decision:
        """The decision of one phase. Never raises: a fault of OPA's decides by the declared fail mode."""
        question = _Question(self.engine)
        decision = Snapshot(question, self.mode, self.digest, self.clock, self.installed).judge(matter)
        return decision if question.fault is None else self.unjudged(question.fault, matter)

    def unjudged(self, fault: OpaFault, matter: Matter) -> Decision:
        """The decision that a fault makes. Open releases what every check of the plan has looked at."""
        phase, open_ = matter.phase, self.fail == "open"
        end = "and faults are declared open." if open_ else "so nothing is released."
        effect = Effect.FLAG if open_ else Effect.DENY
        verdict = Verdict(FAULT, effect, f"{fault}, {end}", fail=self.fail, params={"why": fault.kind})
        revision = fault.revision or self.revision
        if not open_:
            return Decision(phase, Answer.ERROR_CLOSED, (verdict,), (), revision, self.mode)
        decision = combine(phase, (verdict,), matter.covered, matter.plan, revision, self.mode)
        mild = decision.answer.weight < Answer.ERROR_OPEN.weight
        return replace(decision, answer=Answer.ERROR_OPEN) if mild else decision
