"""Two decisions about the same facts: what changed, how, and because of which rule.

Answers are ordered ``allow < flag < transform < error_open < require_approval < error_closed < deny``.
Nothing here evaluates policy; a backtest and a shadow both feed it the decisions that they have.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import orjson

from gateway.core.decision import Answer, Decision, Effect, Phase, Verdict
from gateway.policy.combine import answered

DeltaKind = Literal["added", "removed", "changed"]
Demand = tuple[str, str, bytes]


class Kind(StrEnum):
    """What became of one decision under another bundle. The first four compare two decisions; the others
    say why there is nothing to compare."""

    SAME = "same"
    STRICTER = "stricter"
    LOOSER = "looser"
    OBLIGATIONS_CHANGED = "obligations_changed"
    """The same answer, and something else follows from it: another redaction, route, tool, header."""

    UNKNOWN = "unknown"
    """A rule reads a fact that was not recorded, and the answer depends on it."""

    UNREPLAYABLE = "unreplayable"
    """The record does not hold what the decision was made from, or the engine failed at the time."""

    UNOBSERVABLE = "unobservable"
    """The other bundle sends on what was stopped, or sends on something else: what would have come back was
    never seen."""

    MOOT = "moot"
    """The other bundle stops the request, so there would have been no response to judge."""

    @property
    def compared(self) -> bool:
        """True when two decisions were there to compare."""
        return self in _COMPARED


_COMPARED = frozenset({Kind.SAME, Kind.STRICTER, Kind.LOOSER, Kind.OBLIGATIONS_CHANGED})


@dataclass(frozen=True, slots=True)
class Delta:
    """One rule whose verdicts are not the same."""

    rule: str
    kind: DeltaKind
    """*added*: only the new bundle speaks; *removed*: only the old one did."""

    flips: bool
    """True when this rule's new verdicts, put alone into the old ones, change the answer; where the answer
    stays, when they change what follows from it."""


@dataclass(frozen=True, slots=True)
class Change:
    """What another bundle makes of one decision."""

    phase: Phase
    kind: Kind
    old: Answer
    new: Answer
    """The same as ``old`` where nothing was compared."""

    deltas: tuple[Delta, ...] = ()
    """Rules whose verdicts differ, sorted by rule."""

    @property
    def responsible(self) -> tuple[str, ...]:
        """Rules that make the change, each alone; where no rule does it alone, all that differ."""
        if self.kind in (Kind.SAME, *_NOT_COMPARED):
            return ()
        alone = tuple(delta.rule for delta in self.deltas if delta.flips)
        return alone or tuple(delta.rule for delta in self.deltas)

    @property
    def newly_stopped(self) -> bool:
        """True when only the new bundle stops it."""
        return self.kind.compared and self.new.stops and not self.old.stops

    @property
    def newly_released(self) -> bool:
        """True when only the old bundle stopped it."""
        return self.kind.compared and self.old.stops and not self.new.stops


_NOT_COMPARED = tuple(kind for kind in Kind if not kind.compared)


def compare(old: Decision, new: Decision) -> Change:
    """What ``new`` changes of ``old``: two decisions of one phase about the same facts."""
    kind = _kind(old, new)
    return Change(old.phase, kind, old.answer, new.answer, _deltas(old, new))


def not_compared(phase: Phase, kind: Kind, old: Answer) -> Change:
    """A decision that stands alone."""
    return Change(phase, kind, old, old)


def _kind(old: Decision, new: Decision) -> Kind:
    if new.answer.weight != old.answer.weight:
        return Kind.STRICTER if new.answer.weight > old.answer.weight else Kind.LOOSER
    same = demands(old.answer, old.verdicts) == demands(new.answer, new.verdicts)
    return Kind.SAME if same else Kind.OBLIGATIONS_CHANGED


def demands(answer: Answer, verdicts: Iterable[Verdict]) -> frozenset[Demand]:
    """What follows from verdicts beside the answer: effect, finding and parameters, whichever rule asks.

    Where the answer stops, nothing is transformed any more; what the caller is told still counts.
    """
    return frozenset(
        demand
        for verdict in verdicts
        if verdict.params or verdict.effect.rank == Effect.REDACT.rank
        for demand in _demanded(verdict, stopped=answer.stops)
    )


def _demanded(verdict: Verdict, *, stopped: bool) -> Iterable[Demand]:
    told = {name: value for name, value in verdict.params.items() if name in ("answer", "headers")}
    params = told if stopped else verdict.params
    transforms = verdict.effect.rank == Effect.REDACT.rank and not stopped
    if not transforms and not params:
        return ()
    detail = orjson.dumps(dict(params), option=orjson.OPT_SORT_KEYS)
    places = verdict.findings if transforms and verdict.findings else ("",)
    return tuple((verdict.effect.value if transforms else "", place, detail) for place in places)


# --- attribution --------------------------------------------------------------------------------------------

ByRule = Mapping[str, tuple[Verdict, ...]]


def by_rule(verdicts: Iterable[Verdict]) -> ByRule:
    """Verdicts by the rule that gave them."""
    found: dict[str, tuple[Verdict, ...]] = {}
    for verdict in verdicts:
        found[verdict.rule] = (*found.get(verdict.rule, ()), verdict)
    return found


def _deltas(old: Decision, new: Decision) -> tuple[Delta, ...]:
    if old.verdicts == new.verdicts:
        return ()
    before, after = by_rule(old.verdicts), by_rule(new.verdicts)
    differing = sorted(rule for rule in {*before, *after} if before.get(rule) != after.get(rule))
    return tuple(_delta(rule, old, new, before, after) for rule in differing)


def _delta(rule: str, old: Decision, new: Decision, before: ByRule, after: ByRule) -> Delta:
    kind: DeltaKind = "added" if rule not in before else "removed" if rule not in after else "changed"
    others = (verdict for verdict in old.verdicts if verdict.rule != rule)
    mixed = (*others, *after.get(rule, ()))
    if old.answer is not new.answer:
        return Delta(rule, kind, flips=answered(mixed) is not old.answer)
    flips = demands(old.answer, mixed) != demands(old.answer, old.verdicts)
    return Delta(rule, kind, flips=flips)
