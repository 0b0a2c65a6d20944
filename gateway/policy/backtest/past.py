"""The past: a recorded decision, made again by the bundle that made it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.core.decision import Answer, Decision, Obligation, Verdict
from gateway.core.errors import PolicyFault
from gateway.core.finding import Coverage
from gateway.policy.backtest.side import Group, Side
from gateway.policy.combine import combine, faulted
from gateway.policy.engine import Facts
from gateway.policy.matter import gaps
from gateway.policy.plan import Plan
from gateway.policy.replay import Replay, Unreplayable

UNMET = "obligation.unmet"
"""The gateway's own verdict where a change that rules wanted could not be made."""

_REASON_CAP, _PARAM_CAP = 512, 128


@dataclass(slots=True)
class Remade:
    """A recorded decision and its remake."""

    replay: Replay
    plan: Plan
    coverage: tuple[Coverage, ...]
    """All that was known of what ran, planned checks that nobody reported on included."""

    facts: Facts
    views: dict[Group, tuple[Verdict, ...]] = field(default_factory=dict)
    """What each group said about these facts."""

    made: Decision | None = None
    """What the bundle decides today; None where it failed."""

    @property
    def recorded(self) -> Decision:
        """What it decided then."""
        return self.replay.decision

    @property
    def unmet(self) -> tuple[Verdict, ...]:
        """The gateway's verdict that a change could not be made, if that was so."""
        return tuple(verdict for verdict in self.recorded.verdicts if verdict.rule == UNMET)

    def differing(self) -> tuple[str, ...]:
        """Rules that do not do today what the record says, sorted; empty where all do."""
        if self.made is None:
            return ("policy.fault",)
        then = replace(self.recorded, verdicts=tuple(v for v in self.recorded.verdicts if v.rule != UNMET))
        rules = set() if self.replay.partial else set(_differing(then, self.made))
        if not rules and not self.unmet and then.answer is not self.made.answer:
            rules.add("answer")
        return tuple(sorted(rules))

    def settled(self, decision: Decision) -> Decision:
        """A decision with the same demands, as it ends: closed, where they could not be met."""
        if not self.unmet:
            return decision
        return replace(
            decision, answer=Answer.DENY, verdicts=(*self.unmet, *decision.verdicts), obligations=()
        )


def remade(replay: Replay, side: Side) -> Remade:
    """The recorded decision and what ``side``, which made it, decides about the same facts.

    Raises:
        Unreplayable: what the plan was is not known.
    """
    plan = _plan(replay, side)
    coverage = (*replay.coverage, *gaps(replay.segments, replay.coverage, plan.of(replay.phase)))
    again = Remade(replay, plan, coverage, replay.seen(coverage))
    try:
        for group in side.groups(replay.phase):
            blind = group.blind(replay.holes)
            again.views[group] = said(group, replay) if blind else group.verdicts(again.facts)
    except PolicyFault:
        return again
    views = [verdict for spoken in again.views.values() for verdict in spoken]
    decision = replay.decision
    again.made = combine(replay.phase, views, coverage, plan, decision.revision, decision.mode)
    return again


def said(group: Group, replay: Replay) -> tuple[Verdict, ...]:
    """What the record has of a group's views: the only source where it read what was not recorded."""
    if replay.partial:
        raise Unreplayable("truncated")
    return tuple(verdict for verdict in replay.decision.verdicts if verdict.rule in group.rules)


def _plan(replay: Replay, side: Side) -> Plan:
    try:
        plan = side.plan(replay)
    except PolicyFault:
        plan = None
    if plan is None:
        raise Unreplayable("plan")
    return plan


def failed(replay: Replay, revision: str) -> Decision:
    """What a bundle decides whose rules fail on these facts."""
    return faulted(replay.phase, revision, replay.decision.mode)


def _differing(then: Decision, now: Decision) -> Iterator[str]:
    views = {_view(verdict) for verdict in then.verdicts} ^ {_view(verdict) for verdict in now.verdicts}
    yield from (rule for rule, *_ in views)
    if then.obligations:  # an obligation that could not be met is recorded as a verdict only
        asked = {_asked(each) for each in then.obligations} ^ {_asked(each) for each in now.obligations}
        yield from (rule for rule, *_ in asked)


def _view(verdict: Verdict) -> tuple[str, str, str, Sequence[str], Sequence[str], str]:
    reason = verdict.reason[:_REASON_CAP]
    return verdict.rule, verdict.effect.value, reason, verdict.findings, verdict.controls, verdict.fail


def _asked(obligation: Obligation) -> tuple[str, str, Sequence[str], tuple[tuple[str, object], ...]]:
    return obligation.rule, obligation.effect.value, obligation.findings, _kept(obligation.params)


def _kept(params: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    """Parameters as far as a record keeps them."""
    texts = ((name, value[:_PARAM_CAP]) for name, value in params.items() if isinstance(value, str))
    return tuple(sorted(texts))
