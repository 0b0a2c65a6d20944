"""What a detector is: text in, hits out.

Two shapes. A :class:`Detector` is cheap and synchronous and runs inline, before anything is
awaited. A :class:`BatchDetector` may take its time: models, validators with state and remote
services answer for several texts at once, under a deadline.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, Protocol, runtime_checkable

from gateway.core.decision import Phase
from gateway.core.finding import Hit
from gateway.core.segment import Segment

NO_SCORES: Mapping[str, float] = MappingProxyType({})


class Incomplete(Exception):
    """A detector gave up part of the way: what it found stands, what it missed is unknown."""

    def __init__(self, reason: str, hits: Sequence[Hit] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.hits = tuple(hits)


@dataclass(frozen=True, slots=True)
class Report:
    """One detector's answer for one text."""

    hits: tuple[Hit, ...] = ()
    incomplete: str = ""
    """Why something may be missing; empty when the whole text was judged."""

    looked: bool = True
    """False when the text was not looked at at all; then ``incomplete`` says why."""

    scores: Mapping[str, float] = field(default_factory=lambda: NO_SCORES)
    """Scores of the whole text by name, 0 to 1, whether or not any of them makes a hit."""


@runtime_checkable
class Detector(Protocol):
    """A detector that runs inline: synchronous, cheap, thread-safe, without state."""

    @property
    def id(self) -> str:
        """Stable name that policies select on."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same text could get another answer."""
        ...

    @property
    def categories(self) -> frozenset[str]:
        """Every category its hits can have."""
        ...

    def detect(self, text: str) -> Sequence[Hit]:
        """Hits of one text. Raises :class:`Incomplete` rather than leaving something out."""
        ...


@runtime_checkable
class BatchDetector(Protocol):
    """A detector that runs under a deadline. It must stop when it is cancelled."""

    @property
    def id(self) -> str:
        """Stable name that policies select on."""
        ...

    @property
    def version(self) -> str:
        """Changes whenever the same text could get another answer."""
        ...

    @property
    def categories(self) -> frozenset[str]:
        """Every category its hits can have."""
        ...

    async def detect_batch(self, texts: Sequence[str]) -> Sequence[Report]:
        """One report a text, in the order of the texts."""
        ...


@runtime_checkable
class Selective(Protocol):
    """What a batch detector adds when it is not meant for every segment."""

    def declines(self, segment: Segment) -> str:
        """Why the segment is not for this detector, in a fixed word; empty when it is."""
        ...


class Occasion(NamedTuple):
    """What segments are read for."""

    phase: Phase = "request"
    exchange: str = ""
    """Id of the exchange; empty where there is none, as in a scan of files."""


@runtime_checkable
class Attentive(Protocol):
    """What a batch detector adds when it matters whose words it reads, and when."""

    def passes_over(self, segment: Segment, occasion: Occasion) -> str:
        """Why the segment is not for this detector, in a fixed word; empty when it is."""
        ...

    async def detect_segments(self, segments: Sequence[Segment], occasion: Occasion) -> Sequence[Report]:
        """In place of ``detect_batch``: one report a segment, in their order."""
        ...


class Group(Protocol):
    """Detectors that read a text in one pass together."""

    def examine(self, text: str, ids: Collection[str]) -> Mapping[str, Report]:
        """The reports of the named members."""
        ...


@runtime_checkable
class Grouped(Protocol):
    """A detector whose answer comes cheaper together with the other members of its group."""

    @property
    def group(self) -> Group:
        """The pass that the members share."""
        ...
