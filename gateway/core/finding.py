"""Findings: what detectors report. Never the raw text."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Hit:
    """What a detector says about one text; the runner turns it into a :class:`Finding`."""

    category: str
    """Coarse class a rule selects on: ``pii``, ``secret``, ``toxicity``, ``injection``, ``bias``."""

    label: str
    """Fine class inside the category: ``email``, ``card``, ``aws_access_key``, …"""

    score: float
    """Confidence between 0 and 1; 1.0 where a checksum proves it."""

    start: int
    end: int
    """Character offsets into the text, half open."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A hit, attributed to its detector and its segment."""

    id: str
    """Unique inside its phase: ``f0``, ``f1``, …"""

    detector: str
    version: str
    category: str
    label: str
    score: float
    segment: str
    """Id of the segment."""

    start: int
    end: int


def per_mille(score: float) -> int:
    """A score as it is recorded. Policy sees no finer one, so that a record can be judged again."""
    return int(min(max(0.0, score), 1.0) * 1000 + 0.5)


class State(StrEnum):
    """How a detector fared on a segment. Absence is data."""

    OK = "ok"
    NOT_APPLICABLE = "not_applicable"
    NOT_RUN = "not_run"
    TIMEOUT = "timeout"
    ERROR = "error"


class Coverage(NamedTuple):
    """What ran on one segment, or what did not and why.

    A tuple, since there is one for each pair of segment and detector, and many are looked up by value.
    """

    segment: str
    """Id of the segment, or the pointer of a part that is no segment."""

    detector: str
    """Id of the detector; ``*`` when the entry speaks of all of them."""

    state: State
    reason: str = ""
    """Why, for every state but ``ok``. Short, fixed words; never content."""
