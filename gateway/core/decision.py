"""Verdicts and decisions: what policy answers.

A *verdict* is one rule's view. A *decision* is the one combined answer of a phase, with the
obligations that follow from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Phase = Literal["request", "response"]
Mode = Literal["enforce", "shadow"]
FailMode = Literal["closed", "open"]


class Effect(StrEnum):
    """What a rule asks for."""

    ALLOW = "allow"
    FLAG = "flag"
    REDACT = "redact"
    REPLACE = "replace"
    STRIP_TOOL = "strip_tool"
    ROUTE = "route"
    REQUIRE_APPROVAL = "require_approval"
    DENY = "deny"

    @property
    def rank(self) -> int:
        """Strength: the transforming effects are equals, all others are strictly ordered."""
        return _RANK[self]


_RANK: Mapping[Effect, int] = {
    Effect.ALLOW: 0,
    Effect.FLAG: 1,
    Effect.REDACT: 2,
    Effect.REPLACE: 2,
    Effect.STRIP_TOOL: 2,
    Effect.ROUTE: 2,
    Effect.REQUIRE_APPROVAL: 3,
    Effect.DENY: 4,
}


class Answer(StrEnum):
    """What a decision states."""

    ALLOW = "allow"
    FLAG = "flag"
    TRANSFORM = "transform"
    REQUIRE_APPROVAL = "require_approval"
    DENY = "deny"
    ERROR_OPEN = "error_open"
    ERROR_CLOSED = "error_closed"

    @property
    def stops(self) -> bool:
        """True when nothing may be released."""
        return self in (Answer.DENY, Answer.REQUIRE_APPROVAL, Answer.ERROR_CLOSED)

    @property
    def weight(self) -> int:
        """Place in the order of answers, mildest first; of two phases, the heavier one is told."""
        return _WEIGHTS.index(self)


_WEIGHTS = (
    Answer.ALLOW,
    Answer.FLAG,
    Answer.TRANSFORM,
    Answer.ERROR_OPEN,
    Answer.REQUIRE_APPROVAL,
    Answer.ERROR_CLOSED,
    Answer.DENY,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One rule's view."""

    rule: str
    """Stable id of the rule, such as ``secrets.never_leave``."""

    effect: Effect
    reason: str
    controls: tuple[str, ...] = ()
    """Control ids the rule implements, such as ``owasp-llm:2026:LLM02``."""

    findings: tuple[str, ...] = ()
    """Ids of the findings that moved the rule."""

    fail: FailMode = "closed"
    """What an unfinished check means for this rule."""

    params: Mapping[str, object] = field(default_factory=dict)
    """What the effect needs: ``with`` (redact), ``text`` (replace), ``tool`` (strip_tool), …"""


@dataclass(frozen=True, slots=True)
class Obligation:
    """A change that must be made before release."""

    effect: Effect
    rule: str
    findings: tuple[str, ...]
    params: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Decision:
    """The combined answer of one phase of one exchange."""

    phase: Phase
    answer: Answer
    verdicts: tuple[Verdict, ...]
    obligations: tuple[Obligation, ...]
    revision: str
    """Digest of the policy bundle that answered: ``sha256:`` and 64 hex digits."""

    mode: Mode = "enforce"

    @property
    def reason(self) -> str:
        """The reason of the strongest verdict, or an empty string."""
        if not self.verdicts:
            return ""
        return max(self.verdicts, key=lambda verdict: verdict.effect.rank).reason

    @property
    def stopping_rule(self) -> str:
        """The rule behind a stop, or an empty string."""
        if not self.answer.stops or not self.verdicts:
            return ""
        return max(self.verdicts, key=lambda verdict: verdict.effect.rank).rule
