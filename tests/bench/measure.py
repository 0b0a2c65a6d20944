"""Rounds of slices: each round asks every subject the same, in turn; medians are taken across rounds."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from statistics import median, quantiles
from typing import Self

from tests.bench.load import Sample, call_for, first_answer
from tests.bench.prompts import Prompt
from tests.bench.subjects import Subject

_PATIENCE_S = 90.0
_SETTLE_S = 0.1
"""What a gateway does after its answer, such as closing a record, counts as well."""


_OPEN_STREAMS = 100
_OPENING_S = 2.0


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of load."""

    name: str
    prompt: Prompt
    concurrency: int


_SMALL = Prompt(200)
_LARGE = Prompt(16_384)
_LONG = Prompt(200, stream=True, long=True)
_OPEN = replace(_LONG, pace_ms=20)
_ADDRESS = Prompt(200, suffix=" write to jane.doe@example.com")
_MESSAGES = Prompt(200, dialect="anthropic")

CELLS = (
    *(Cell(f"200 B, c={count}", _SMALL, count) for count in (1, 16, 64)),
    *(Cell(f"16 KB, c={count}", _LARGE, count) for count in (1, 16, 64)),
    *(Cell(f"slow upstream, c={count}", replace(_SMALL, pace_ms=50), count) for count in (16, 64)),
    Cell("e-mail address, c=16", _ADDRESS, 16),
    Cell("messages, c=16", _MESSAGES, 16),
    *(Cell(f"bulk stream, c={count}", replace(_SMALL, stream=True), count) for count in (1, 16)),
    *(Cell(f"paced stream, c={count}", replace(_SMALL, stream=True, pace_ms=10), count) for count in (1, 16)),
    Cell("long bulk stream, c=1", _LONG, 1),
    Cell("long paced stream, c=4", replace(_LONG, pace_ms=2), 4),
    Cell("messages paced stream, c=16", replace(_MESSAGES, stream=True, pace_ms=10), 16),
)


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds: the median and the 95th percentile; not-a-number when nothing was measured."""

    p50: float
    p95: float

    def __sub__(self, other: Self) -> "Times":
        return Times(self.p50 - other.p50, self.p95 - other.p95)


@dataclass(frozen=True, slots=True)
class Figures:
    """One subject under one cell."""

    calls: int
    errors: int
    rate: float
    """Calls a second."""

    cpu_ms: float
    """CPU milliseconds a call of the subject's whole process tree."""

    whole: Times
    """Until the end of the answer."""

    first: Times
    """Until the first text of the answer."""

    gap: Times
    """Between one text of a stream and the next."""


@dataclass(frozen=True, slots=True)
class Result:
    """One subject under all cells."""

    name: str
    start_s: float
    memory_mib: float
    figures: Mapping[str, Figures]
    added: Mapping[str, tuple[Times, Times, Times]]
    """By cell, what the subject adds to asking the mock directly: whole, first, gap."""

    stream_kib: float = 0.0
    """Resident memory that an open stream adds, measured with many."""


def times(seconds: Sequence[float]) -> Times:
    """The percentiles of a list of durations."""
    if len(seconds) < 2:
        only = seconds[0] * 1000 if seconds else float("nan")
        return Times(only, only)
    cuts = quantiles(seconds, n=20, method="inclusive")
    return Times(cuts[9] * 1000, cuts[18] * 1000)


def _median_times(rounds: Sequence[Times]) -> Times:
    return Times(median(one.p50 for one in rounds), median(one.p95 for one in rounds))


def _median_figures(rounds: Sequence[Figures]) -> Figures:
    return Figures(
        calls=sum(one.calls for one in rounds),
        errors=sum(one.errors for one in rounds),
        rate=median(one.rate for one in rounds),
        cpu_ms=median(one.cpu_ms for one in rounds),
        whole=_median_times([one.whole for one in rounds]),
        first=_median_times([one.first for one in rounds]),
        gap=_median_times([one.gap for one in rounds]),
    )


def _figures(sample: Sample, seconds: float, cpu_s: float) -> Figures:
    calls = len(sample.seconds)
    return Figures(
        calls=calls,
        errors=sample.errors,
        rate=calls / seconds,
        cpu_ms=cpu_s * 1000 / calls if calls else float("nan"),
        whole=times(sample.seconds),
        first=times(sample.first_text),
        gap=times(sample.gaps),
    )


@asynccontextmanager
async def awake(subject: Subject) -> AsyncIterator[None]:
    """Only the subject whose turn it is may run."""
    if subject.process is None:
        yield
        return
    subject.process.wake()
    try:
        yield
    finally:
        subject.process.sleep()


def _cpu_s(subject: Subject) -> float:
    return subject.process.cpu_seconds() if subject.process else 0.0


async def measure(subject: Subject, cell: Cell, seconds: float) -> Figures:
    """One slice."""
    async with awake(subject):
        before = _cpu_s(subject)
        sample = await call_for(seconds, subject.target, cell.prompt, cell.concurrency)
        await asyncio.sleep(_SETTLE_S)
        return _figures(sample, seconds, _cpu_s(subject) - before)


async def memory_a_stream(subject: Subject) -> float:
    """KiB of resident memory that each of many open streams adds at the most."""
    if subject.process is None:
        return 0.0
    async with awake(subject):
        before = most = subject.process.memory_mib()
        async with asyncio.TaskGroup() as group:
            calling = group.create_task(call_for(_OPENING_S, subject.target, _OPEN, _OPEN_STREAMS))
            while not calling.done():
                await asyncio.wait([calling], timeout=_SETTLE_S)
                most = max(most, subject.process.memory_mib())
        return (most - before) * 1024 / _OPEN_STREAMS


async def warm_up(subject: Subject, cells: Sequence[Cell]) -> float:
    """Exercise every kind of load once; returns the seconds until the first good answer."""
    async with awake(subject):
        async with asyncio.timeout(_PATIENCE_S):
            started = await first_answer(subject.target, cells[0].prompt)
        for cell in cells:
            await call_for(0.3, subject.target, cell.prompt, cell.concurrency)
    return started


class Rounds:
    """Collects the slices of all rounds."""

    def __init__(self, subjects: Sequence[Subject], cells: Sequence[Cell]) -> None:
        self._subjects = subjects
        self._cells = cells
        self._figures: dict[tuple[str, str], list[Figures]] = {}

    async def run(self, rounds: int, seconds: float, tell: Callable[[str], None]) -> None:
        """Go through all cells ``rounds`` times."""
        for number in range(1, rounds + 1):
            for cell in self._cells:
                tell(f"round {number} of {rounds}: {cell.name}")
                for subject in self._subjects:
                    figures = await measure(subject, cell, seconds)
                    self._figures.setdefault((subject.name, cell.name), []).append(figures)

    def result(self, subject: Subject, start_s: float, stream_kib: float) -> Result:
        """One subject's medians."""
        return Result(
            name=subject.name,
            start_s=start_s,
            memory_mib=subject.process.memory_mib() if subject.process else 0.0,
            figures={
                cell.name: _median_figures(self._figures[subject.name, cell.name]) for cell in self._cells
            },
            added={cell.name: self._added(subject, cell) for cell in self._cells},
            stream_kib=stream_kib,
        )

    def _added(self, subject: Subject, cell: Cell) -> tuple[Times, Times, Times]:
        direct = self._figures["direct", cell.name]
        pairs = list(zip(self._figures[subject.name, cell.name], direct, strict=True))
        return (
            _median_times([ours.whole - theirs.whole for ours, theirs in pairs]),
            _median_times([ours.first - theirs.first for ours, theirs in pairs]),
            _median_times([ours.gap - theirs.gap for ours, theirs in pairs]),
        )
