"""A decision on given facts alone, as tests, replays and explanations need it."""

from collections.abc import Mapping

from gateway.core.decision import Decision, Phase
from gateway.core.finding import Coverage, State
from gateway.policy.combine import combine
from gateway.policy.engine import Engine
from gateway.policy.specimen import plan_part


def decide(engine: Engine, phase: Phase, facts: Mapping[str, object]) -> Decision:
    """What the gateway decides on ``facts``, whose coverage is complete. Raises ``PolicyFault``."""
    plan = engine.plan(plan_part(facts))
    views = engine.evaluate(phase, facts)
    return combine(phase, views, coverage_of(facts), plan, engine.revision)


def coverage_of(facts: Mapping[str, object]) -> tuple[Coverage, ...]:
    """The coverage that facts tell of."""
    entries = facts.get("coverage")
    if not isinstance(entries, list):
        return ()
    return tuple(
        Coverage(item["segment"], item["detector"], State(item["state"]), item["reason"]) for item in entries
    )
