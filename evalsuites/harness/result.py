"""Results: what came of one case in one epoch. Data, not a red or green test."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from math import isfinite
from typing import Any


class Status(StrEnum):
    """How far a case got."""

    OK = "ok"
    ERROR = "error"
    """The target or the harness failed; says nothing about the system under test."""

    TIMEOUT = "timeout"
    BUDGET = "budget"
    """Not asked, since money, tokens or time had run out."""

    SKIPPED = "skipped"
    """Not asked, for a reason that the case or the suite states."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one metric says of one answer."""

    value: float
    """For a metric that passes or fails: 1 or 0."""

    reason: str = ""

    @property
    def measured(self) -> bool:
        """False for NaN and infinities: those are no measurement."""
        return isfinite(self.value)


@dataclass(frozen=True, slots=True)
class Result:
    """One case in one epoch."""

    suite: str
    case: str
    epoch: int
    status: Status
    scores: Mapping[str, Score] = field(default_factory=dict)
    """By metric. A metric that could not be measured is absent, which lowers its coverage."""

    unmeasured: Mapping[str, str] = field(default_factory=dict)
    """Metrics that could not be measured, and why."""

    strata: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    """Why the status is not ``ok``."""

    decisions: tuple[str, ...] = ()
    """The gateway's decision ids."""

    tokens: int = 0
    usd: float = 0.0
    priced: bool = False
    """Whether a price list had the model; where none has, ``usd`` is 0 and says nothing."""

    milliseconds: float = 0.0
    """On the clock of this run."""

    upstream_ms: float | None = None
    """What the upstream took of a live call, or took when its answer was recorded; None where unknown."""

    replayed: bool = False
    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the case, of what was asked and of what was answered."""

    judged: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By metric what a judge said: its profile's digest, every vote, and what it cost, which is in the
    result's own tokens and dollars too."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "status": self.status.value}


def result_from(data: Mapping[str, Any]) -> Result:
    """The result behind :meth:`Result.to_dict`.

    Raises:
        ValueError: it is none.
    """
    names = {one.name for one in fields(Result)}
    if unknown := sorted(data.keys() - names):
        raise ValueError(f"a result has no `{unknown[0]}`")
    scores = {name: Score(**score) for name, score in data.get("scores", {}).items()}
    return Result(**{
        **data,
        "status": Status(data["status"]),
        "scores": scores,
        "decisions": tuple(data.get("decisions", ())),
    })  # fmt: skip


def values(results: Iterable[Result], metric: str) -> dict[str, list[float]]:
    """Measured values of a metric by case, in the order of epochs."""
    found: dict[str, list[float]] = {}
    for result in sorted(results, key=lambda one: (one.case, one.epoch)):
        score = result.scores.get(metric)
        if result.status is Status.OK and score is not None and score.measured:
            found.setdefault(result.case, []).append(score.value)
    return found
