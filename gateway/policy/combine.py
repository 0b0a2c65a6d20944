"""Many views, one decision.

The strongest effect wins; what weaker transforming rules demand still applies. A planned check that did
not finish is judged by the plan: *closed* stops, *open* releases and says so. The order of answers is

    allow < flag < transform < error_open < require_approval < error_closed < deny

so an unfinished check outweighs an approval (nobody can approve what was not looked at) and a rule that
denies outweighs both. The result depends on the set of verdicts only: not on their order or repetition.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import orjson

from gateway.core.decision import Answer, Decision, Effect, FailMode, Mode, Obligation, Phase, Verdict
from gateway.core.finding import Coverage, State
from gateway.policy.plan import Plan

INCOMPLETE = "coverage.incomplete"
FAULT = "policy.fault"
UNKNOWN_PART = "coverage.unknown_part"
UNHEARD_OF = "unknown_part"
"""The coverage reason of such a part."""

_TRANSFORMING_RANK = Effect.REDACT.rank
_ANSWERS = {
    Effect.ALLOW.rank: Answer.ALLOW,
    Effect.FLAG.rank: Answer.FLAG,
    _TRANSFORMING_RANK: Answer.TRANSFORM,
    Effect.REQUIRE_APPROVAL.rank: Answer.REQUIRE_APPROVAL,
    Effect.DENY.rank: Answer.DENY,
}


def combine(  # noqa: PLR0913, PLR0917 - the six things a decision depends on
    phase: Phase,
    verdicts: Iterable[Verdict],
    coverage: Sequence[Coverage],
    plan: Plan,
    revision: str,
    mode: Mode = "enforce",
) -> Decision:
    """The decision that follows from the rules' views and from what was really checked."""
    views = [*verdicts, *_unknown_parts(coverage, plan)]
    missing = unfinished(coverage, plan.of(phase))
    if not views and not missing:
        return _allowed(phase, revision, mode)
    answer = _ANSWERS[max((view.effect.rank for view in views), default=0)]
    if missing:
        answer = _with_gaps(answer, plan.fail)
        views.append(_incomplete(missing, answer, plan.fail))
    ordered = _ordered(views)
    return Decision(phase, answer, ordered, _obligations(ordered), revision, mode)


def _unknown_parts(coverage: Iterable[Coverage], plan: Plan) -> tuple[Verdict, ...]:
    """What the plan says of parts of a type that nobody here has heard of."""
    if plan.unknown_part != "deny" or all(entry.reason != UNHEARD_OF for entry in coverage):
        return ()
    return (Verdict(UNKNOWN_PART, Effect.DENY, "There is a part of a type that this gateway does not know."),)


@lru_cache(64)
def _allowed(phase: Phase, revision: str, mode: Mode) -> Decision:
    """What most exchanges get: no rule has anything to say."""
    return Decision(phase, Answer.ALLOW, (), (), revision, mode)


def answered(verdicts: Iterable[Verdict]) -> Answer:
    """The answer that a decision's own verdicts make, the gateway's among them.

    For any :func:`combine`, and for :func:`faulted`, ``answered(decision.verdicts) is decision.answer``:
    so a verdict can be taken out of a decision, or put into it, without what it was made from.
    """
    views = tuple(verdicts)
    if any(view.rule == FAULT for view in views):
        return Answer.ERROR_CLOSED
    answer = _ANSWERS[max((view.effect.rank for view in views if view.rule != INCOMPLETE), default=0)]
    gap = next((view for view in views if view.rule == INCOMPLETE), None)
    return answer if gap is None else _with_gaps(answer, gap.fail)


def faulted(phase: Phase, revision: str, mode: Mode = "enforce") -> Decision:
    """The decision when policy itself could not be evaluated: closed, whatever the plan says."""
    verdict = Verdict(FAULT, Effect.DENY, "The policy could not be evaluated, so nothing is released.")
    return Decision(phase, Answer.ERROR_CLOSED, (verdict,), (), revision, mode)


def unfinished(coverage: Iterable[Coverage], planned: Sequence[str]) -> tuple[str, ...]:
    """Planned detectors that did not finish somewhere, sorted.

    An entry of all detectors (``*``) that says *not_run* speaks of a part that nothing here can read, such
    as an image: rules judge that. A timeout or an error is never a property of the part.
    """
    doubtful = [entry for entry in coverage if entry.state is not State.OK]
    return tuple(sorted({entry.detector for entry in doubtful if _broken(entry, planned)}))


def _broken(entry: Coverage, planned: Sequence[str]) -> bool:
    """Whether an entry that is not *ok* leaves a planned check open."""
    if entry.detector == "*":
        return bool(planned) and entry.state in (State.TIMEOUT, State.ERROR)
    return entry.detector in planned and entry.state is not State.NOT_APPLICABLE


def _with_gaps(answer: Answer, fail: FailMode) -> Answer:
    if answer is Answer.DENY:
        return answer
    if fail == "closed":
        return Answer.ERROR_CLOSED
    return answer if answer is Answer.REQUIRE_APPROVAL else Answer.ERROR_OPEN


def _incomplete(missing: tuple[str, ...], answer: Answer, fail: FailMode) -> Verdict:
    """The gap as a verdict; it carries the stop only where no rule does."""
    effect = Effect.DENY if answer is Answer.ERROR_CLOSED else Effect.FLAG
    names = ", ".join("every detector" if name == "*" else name for name in missing)
    return Verdict(INCOMPLETE, effect, f"Planned checks did not finish: {names}.", fail=fail)


def _ordered(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Strongest first, then by rule; equal views count once."""
    unique = {_key(verdict): verdict for verdict in verdicts}
    return tuple(unique[key] for key in sorted(unique))


def _key(verdict: Verdict) -> tuple[int, str, str, bytes]:
    rest = [verdict.reason, verdict.controls, verdict.findings, verdict.fail, dict(verdict.params)]
    detail = orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)
    return (-verdict.effect.rank, verdict.rule, verdict.effect.value, detail)


def _obligations(ordered: Iterable[Verdict]) -> tuple[Obligation, ...]:
    return tuple(
        Obligation(verdict.effect, verdict.rule, verdict.findings, verdict.params)
        for verdict in ordered
        if verdict.effect.rank == _TRANSFORMING_RANK
    )
