"""A decision in sentences: which rules spoke and why, what they looked at, and how near another answer is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from gateway.core.decision import Decision, Effect, Phase, Verdict
from gateway.core.errors import PolicyFault
from gateway.core.finding import Coverage
from gateway.policy.bundle import Bundle
from gateway.policy.combine import combine, faulted
from gateway.policy.deciding import coverage_of
from gateway.policy.distances import Distance, distances
from gateway.policy.facts import FINISHED
from gateway.policy.plan import Plan
from gateway.policy.probe import Probe
from gateway.policy.specimen import plan_part
from gateway.policy.trace import Reach, trace

_ANSWERS = {
    "allow": "is allowed: no rule has anything to say.",
    "flag": "is allowed, and noted.",
    "transform": "is allowed after changes.",
    "require_approval": "waits for somebody's approval.",
    "deny": "is denied.",
    "error_open": "is let through although a check did not finish, since the plan's `fail` is open.",
    "error_closed": "is stopped: what was to be checked could not be.",
}
_EFFECTS: Mapping[Effect, str] = {
    Effect.FLAG: "notes it",
    Effect.REDACT: "has findings redacted",
    Effect.REPLACE: "has findings replaced",
    Effect.STRIP_TOOL: "takes a tool out",
    Effect.ROUTE: "picks the upstream",
    Effect.REQUIRE_APPROVAL: "asks for approval",
    Effect.DENY: "denies",
}


@dataclass(frozen=True, slots=True)
class Spoke:
    """One verdict with what moved it."""

    verdict: Verdict
    places: tuple[str, ...]
    """File and line of the bodies that held; empty for the gateway's own rules."""

    conditions: tuple[str, ...]
    values: Mapping[str, object]
    """What the references in its conditions were."""

    findings: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision, taken apart."""

    facts: Mapping[str, Any]
    plan: Plan
    decision: Decision
    fault: str
    spoke: tuple[Spoke, ...]
    unchecked: tuple[Coverage, ...]
    without: Mapping[str, str]
    """By rule: the answer if that one had been silent, where it would be another."""

    distances: tuple[Distance, ...]


def explain(
    bundle: Bundle, phase: Phase, facts: Mapping[str, Any], planning: Mapping[str, object] | None = None
) -> Explanation:
    """Decide on ``facts`` and take the decision apart. Raises ``PolicyFault`` when the plan's rules fail.

    ``planning`` is what the plan saw, where that is known.
    """
    probe = Probe(bundle)
    plan = probe.plan(planning or plan_part(facts))
    covered = coverage_of(facts)
    traced = trace(bundle, phase, facts)
    try:
        views, fault = probe.evaluate(phase, facts), ""
    except PolicyFault as error:
        decision = faulted(phase, bundle.revision)
        return Explanation(facts, plan, decision, str(error), (), _unchecked(covered), {}, ())
    decision = combine(phase, views, covered, plan, bundle.revision)
    return Explanation(
        facts=facts,
        plan=plan,
        decision=decision,
        fault=fault,
        spoke=tuple(_spoke(verdict, traced.reaches, facts) for verdict in decision.verdicts),
        unchecked=_unchecked(covered),
        without=dict(_without(phase, views, covered, plan, decision)),
        distances=tuple(distances(bundle, phase, facts)),
    )


def _unchecked(coverage: Sequence[Coverage]) -> tuple[Coverage, ...]:
    return tuple(entry for entry in coverage if entry.state not in FINISHED)


def _spoke(verdict: Verdict, reaches: Iterable[Reach], facts: Mapping[str, Any]) -> Spoke:
    behind = [reach for reach in reaches if reach.held and verdict.rule in reach.query.ids]
    known = {finding["id"]: finding for finding in facts.get("findings", ())}
    values: dict[str, object] = {}
    for reach in behind:
        values |= reach.values
    return Spoke(
        verdict,
        tuple(f"{reach.query.module.file}:{reach.query.rule.line}" for reach in behind),
        tuple(step.text for reach in behind for step in reach.query.steps),
        values,
        tuple(known[id_] for id_ in verdict.findings if id_ in known),
    )


def _without(
    phase: Phase, views: Sequence[Verdict], coverage: Sequence[Coverage], plan: Plan, decision: Decision
) -> Iterator[tuple[str, str]]:
    """What each rule alone made of the answer."""
    for rule in sorted({view.rule for view in views}):
        rest = [view for view in views if view.rule != rule]
        other = combine(phase, rest, coverage, plan, decision.revision).answer
        if other is not decision.answer:
            yield rule, other.value


# --- in words -----------------------------------------------------------------------------------------------


def sentences(told: Explanation) -> Iterator[str]:
    """The explanation for a person, a line each."""
    exchange, caller = told.facts.get("exchange", {}), told.facts.get("caller", {})
    yield (
        f"The {told.decision.phase} of {caller.get('tenant', '?')} ({exchange.get('endpoint', '?')}) "
        + (_ANSWERS[told.decision.answer.value])
    )
    if told.fault:
        yield f"Policy failed: {told.fault}"
    for spoke in told.spoke:
        yield from _of_rule(spoke)
    yield from _of_plan(told)
    yield from _of_gaps(told)
    yield from _of_others(told)


def _of_rule(spoke: Spoke) -> Iterator[str]:
    verdict = spoke.verdict
    controls = f" [{', '.join(verdict.controls)}]" if verdict.controls else ""
    yield ""
    yield f"{verdict.rule} {_EFFECTS.get(verdict.effect, verdict.effect.value)}: {verdict.reason}{controls}"
    for finding in spoke.findings:
        role = f", said by {finding['role']}" if finding.get("role") else ""
        what = f"{finding['category']}/{finding['label']} {finding['score']:g}"
        yield f"  found {what} by {finding['detector']}{role}"
    for place in spoke.places:
        yield f"  at {place}"
    for condition in spoke.conditions:
        yield f"    {condition}"
    for name, value in spoke.values.items():
        yield f"      {name} = {_short(value)}"
    for name, value in verdict.params.items():
        yield f"  {name}: {_short(value)}"


def _of_plan(told: Explanation) -> Iterator[str]:
    checks = ", ".join(told.plan.of(told.decision.phase)) or "nothing"
    yield ""
    late = f"an unfinished check counts as {told.plan.fail}"
    yield f"The plan: {checks}, within {told.plan.deadline_ms} ms; {late}."


def _of_gaps(told: Explanation) -> Iterator[str]:
    if not told.unchecked:
        yield "Everything was checked." if told.facts.get("coverage") else "The facts tell of no coverage."
    for entry in told.unchecked:
        who = "no detector" if entry.detector == "*" else entry.detector
        yield f"Not checked: {entry.segment} by {who}: {entry.state.value} {entry.reason}".rstrip()


def _of_others(told: Explanation) -> Iterator[str]:
    now = told.decision.answer.value
    yield ""
    for rule, answer in told.without.items():
        yield f"Without {rule} the answer would be {answer}."
    if not told.without and told.spoke:
        yield "No single rule could be silent and the answer another one."
    for distance in told.distances:
        where = "the setting" if distance.source == "data" else "the fact"
        side = "or more" if distance.flips_at > distance.value else "or less"
        yield (
            f"With {where} {distance.place} at {distance.flips_at:g} {side} (now {distance.value:g})"
            f" the answer would be {distance.answer}, not {now}."
        )
    if not told.distances:
        yield f"No single number would make it anything but {now}."


def _short(value: object) -> str:
    try:
        text = orjson.dumps(value).decode()
    except TypeError:
        text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."


def document(told: Explanation) -> dict[str, object]:
    """The explanation for machines."""
    return {
        "phase": told.decision.phase,
        "answer": told.decision.answer.value,
        "revision": told.decision.revision,
        "fault": told.fault,
        "rules": [_rule_document(spoke) for spoke in told.spoke],
        "plan": asdict(told.plan),
        "unchecked": [entry._asdict() for entry in told.unchecked],
        "without": dict(told.without),
        "distances": [asdict(distance) for distance in told.distances],
    }


def _rule_document(spoke: Spoke) -> dict[str, object]:
    verdict = spoke.verdict
    return {
        "rule": verdict.rule,
        "effect": verdict.effect.value,
        "reason": verdict.reason,
        "controls": list(verdict.controls),
        "params": dict(verdict.params),
        "findings": [dict(finding) for finding in spoke.findings],
        "places": list(spoke.places),
        "conditions": list(spoke.conditions),
        "values": dict(spoke.values),
    }
