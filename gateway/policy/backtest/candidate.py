"""The candidate: what another bundle makes of an exchange of the past.

What is not known is never taken for harmless: a rule that reads a hole, or a check that the candidate wants
and that never ran, leaves the decision *unknown*, unless the other rules give the strongest answer already.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.decision import Answer, Decision, Effect, Verdict
from gateway.core.errors import PolicyFault
from gateway.core.finding import Coverage, State
from gateway.policy.backtest.past import Remade, failed
from gateway.policy.backtest.side import Side
from gateway.policy.combine import combine
from gateway.policy.compare import Change, Kind, compare, demands, not_compared
from gateway.policy.engine import Facts
from gateway.policy.facts import coverage_facts
from gateway.policy.matter import gaps
from gateway.policy.plan import Plan
from gateway.policy.replay import request_facts

NO_ENDPOINT = "plan.unknown_endpoint"
_UNKNOWN_ENDPOINT = "unknown"
_SHADOWING = frozenset({"pii", "secret"})
"""Categories whose findings exclude each other: without one, another may have stood."""


class Unknown(Exception):
    """What the candidate would have seen is not known."""


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of an exchange."""

    request: Remade | None
    """None where the judgement was one of a response alone."""

    response: Remade | None
    released: bool = True
    """False where the request was stopped, so that there was no response."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of an exchange under the candidate."""

    request: Change | None
    response: Change | None
    whole: Change
    """The exchange: the heavier answer of its phases, as far as both were seen."""

    fault: str = ""
    """Why the candidate's rules failed, if they did."""


def judge(past: Past, side: Side) -> Verdicts:
    """The exchange under ``side``."""
    if past.request is None:
        assert past.response is not None  # noqa: S101 - an exchange has at least one judgement
        change, _, fault = _phase(past.response, side, None)
        return Verdicts(None, change, change, fault)
    request, decision, fault = _phase(past.request, side, None)
    response, fault_after = _response(past, side, request, decision)
    return Verdicts(request, response, _whole(request, response, past), fault or fault_after)


def _response(past: Past, side: Side, request: Change, new: Decision | None) -> tuple[Change | None, str]:
    old = past.response
    if old is None:
        if past.released or not request.newly_released:
            return None, ""
        return not_compared("response", Kind.UNOBSERVABLE, request.old), ""
    if new is None:
        return not_compared("response", request.kind, old.recorded.answer), ""
    if new.answer.stops:
        return not_compared("response", Kind.MOOT, old.recorded.answer), ""
    if _sent(past.request, new):
        return not_compared("response", Kind.UNOBSERVABLE, old.recorded.answer), ""
    change, _, fault = _phase(old, side, new)
    return change, fault


def _sent(request: Remade | None, new: Decision) -> bool:
    """Whether something else would have gone upstream."""
    assert request is not None  # noqa: S101 - the caller has looked
    assert request.made is not None  # noqa: S101 - it was compared
    old = request.made
    return demands(old.answer, _transforming(old)) != demands(new.answer, _transforming(new))


def _transforming(decision: Decision) -> Sequence[Verdict]:
    return [verdict for verdict in decision.verdicts if verdict.effect.rank == Effect.REDACT.rank]


def _whole(request: Change, response: Change | None, past: Past) -> Change:
    """The exchange as its caller knows it."""
    if response is None or not request.kind.compared or response.kind is Kind.MOOT:
        old = _heavier(request.old, response.old) if response else request.old
        return _joined(request, request, old, request.new)
    if response.kind.compared:
        old, new = _heavier(request.old, response.old), _heavier(request.new, response.new)
        return _joined(request, response, old, new)
    if response.kind is Kind.UNOBSERVABLE and not (past.response and response.old.stops):
        return request
    return not_compared("response", response.kind, _heavier(request.old, response.old))


def _heavier(first: Answer, second: Answer) -> Answer:
    return second if second.weight > first.weight else first


def _joined(first: Change, second: Change, old: Answer, new: Answer) -> Change:
    if not first.kind.compared:
        return first
    deltas = first.deltas if first is second else (*first.deltas, *second.deltas)
    if old is new:
        alike = first.kind is second.kind is Kind.SAME
        return Change(first.phase, Kind.SAME if alike else Kind.OBLIGATIONS_CHANGED, old, new, deltas)
    kind = Kind.STRICTER if new.weight > old.weight else Kind.LOOSER
    return Change(first.phase, kind, old, new, deltas)


# --- one phase ----------------------------------------------------------------------------------------------


def _phase(old: Remade, side: Side, request: Decision | None) -> tuple[Change, Decision | None, str]:
    """The change of one phase, the new decision where it is known, and why the rules failed if they did."""
    assert old.made is not None  # noqa: S101 - only what reproduces is compared
    replay, fault = old.replay, ""
    try:
        new = _decide(old, side, request)
    except PolicyFault as error:
        new, fault = failed(replay, side.revision), str(error)
    except Unknown:
        return not_compared(replay.phase, Kind.UNKNOWN, replay.decision.answer), None, ""
    if not old.unmet or new.answer.stops:
        return compare(old.settled(old.made), new), new, fault
    if demands(old.made.answer, old.made.verdicts) != demands(new.answer, new.verdicts):
        return not_compared(replay.phase, Kind.UNKNOWN, replay.decision.answer), None, ""
    new = old.settled(new)
    return compare(old.settled(old.made), new), new, fault


def _decide(old: Remade, side: Side, request: Decision | None) -> Decision:
    """The candidate's decision; raises :class:`Unknown` where it hangs on what is not known."""
    replay = old.replay
    plan = side.plan(replay)
    if plan is None:
        raise Unknown
    coverage, facts = _replanned(old, plan)
    if request is not None:
        facts = _asked(facts, request)
    same = facts is old.facts
    views: list[Verdict] = list(_refused(old, plan))
    sure = True
    for group in side.groups(replay.phase):
        if same and group in old.views:
            views += old.views[group]
        elif not group.blind(replay.holes):
            views += group.verdicts(facts)
        else:
            sure = False
    decision = combine(replay.phase, views, coverage, plan, side.revision, replay.decision.mode)
    if not sure and decision.answer is not Answer.DENY:
        raise Unknown
    return decision


def _asked(facts: Facts, request: Decision) -> Facts:
    """The facts of a response after another decision about its request; the same object if it is no other."""
    told = request_facts(request)
    return facts if facts["request"] == told else {**facts, "request": told}


def _refused(old: Remade, plan: Plan) -> Sequence[Verdict]:
    """An endpoint that nobody here knows is refused before any rule is asked."""
    exchange = old.facts["exchange"]
    assert isinstance(exchange, dict)  # noqa: S101 - our own facts
    if exchange["endpoint"] != _UNKNOWN_ENDPOINT or plan.unknown_endpoint == old.plan.unknown_endpoint:
        return ()
    return (Verdict(NO_ENDPOINT, Effect.DENY, "This gateway does not serve the endpoint."),)


# --- another plan -------------------------------------------------------------------------------------------


def _replanned(old: Remade, plan: Plan) -> tuple[tuple[Coverage, ...], Facts]:
    """Coverage and facts under another plan: without the checks that it drops.

    Raises:
        Unknown: it wants a check that never ran, or one whose absence would have changed what others found.
    """
    replay = old.replay
    before, after = set(old.plan.of(replay.phase)), set(plan.of(replay.phase))
    if _otherwise(old, plan) or (replay.segments and not after <= before | _ran(old)):
        raise Unknown
    if before == after:
        return old.coverage, old.facts
    dropped = before - after
    findings = replay.facts["findings"]
    assert isinstance(findings, list)  # noqa: S101 - our own facts
    if any(each["detector"] in dropped and each["category"] in _SHADOWING for each in findings):
        raise Unknown
    kept = tuple(entry for entry in replay.coverage if entry.detector not in dropped)
    coverage = (*kept, *gaps(replay.segments, kept, plan.of(replay.phase)))
    facts = {
        **old.facts,
        "findings": [each for each in findings if each["detector"] not in dropped],
        "coverage": coverage_facts(coverage, len(replay.segments)),
    }
    return coverage, facts


def _ran(old: Remade) -> set[str]:
    return {entry.detector for entry in old.replay.coverage}


def _otherwise(old: Remade, plan: Plan) -> bool:
    """Whether the plan changes what detectors saw, or how long they had, where that made a difference."""
    exchange = old.facts["exchange"]
    assert isinstance(exchange, dict)  # noqa: S101 - our own facts
    late = any(entry.state is State.TIMEOUT for entry in old.coverage)
    streamed = old.replay.phase == "response" and exchange["stream"]
    return bool(
        (late and plan.deadline_ms != old.plan.deadline_ms) or (streamed and plan.stream != old.plan.stream)
    )
