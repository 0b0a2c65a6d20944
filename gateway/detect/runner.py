"""The runner: segments and detector names in, findings and complete coverage out.

Every pair of a segment and a requested detector gets exactly one coverage entry, whatever happens
to the detector. There is no verdict cache: hashing a text costs about as much as scanning it.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from gateway.core.finding import Coverage, Finding, Hit, State
from gateway.core.segment import Segment
from gateway.detect.detector import (
    NO_SCORES,
    Attentive,
    BatchDetector,
    Detector,
    Group,
    Grouped,
    Incomplete,
    Occasion,
    Report,
    Selective,
)
from gateway.detect.overlap import resolve

_SCAN = Occasion()


@dataclass(slots=True)
class Detection:
    """What the detectors said about the segments."""

    findings: tuple[Finding, ...]
    coverage: tuple[Coverage, ...]
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By the id of the segment: the scores of its whole text, found something or not."""


class _Answer(NamedTuple):
    """One detector's answer for one segment."""

    detector: str
    state: State
    reason: str = ""
    hits: tuple[Hit, ...] = ()
    scores: Mapping[str, float] = NO_SCORES


class _Solo:
    """A detector on its own, as a group of one."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def examine(self, text: str, ids: Collection[str]) -> Mapping[str, Report]:
        """The detector's report."""
        try:
            report = Report(tuple(self._detector.detect(text)))
        except Incomplete as cut:
            report = Report(cut.hits, cut.reason)
        return dict.fromkeys(ids, report)


class Runner:
    """Runs detectors over segments."""

    def __init__(self, detectors: Sequence[Detector | BatchDetector]) -> None:
        self._detectors = {detector.id: detector for detector in detectors}
        if len(self._detectors) != len(detectors):
            twins = [id_ for id_, number in Counter(each.id for each in detectors).items() if number > 1]
            raise ValueError(f"two detectors have the same id: {', '.join(twins)}")
        self._batch = {d.id: d for d in detectors if isinstance(d, BatchDetector)}
        self._groups = _groups(d for d in detectors if not isinstance(d, BatchDetector))
        self._due = lru_cache(256)(self._due_for)

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the installed detectors."""
        return tuple(self._detectors)

    @property
    def versions(self) -> Mapping[str, str]:
        """Versions by detector id."""
        return {id_: detector.version for id_, detector in self._detectors.items()}

    def inline(self, names: Collection[str]) -> bool:
        """True when no requested detector needs to be awaited."""
        return self._batch.keys().isdisjoint(names)

    def detect_inline(self, segments: Sequence[Segment], names: Sequence[str]) -> Detection:
        """Run what is synchronous. A batch detector asked for here is covered as not run."""
        answers = self._inline_answers(segments, names)
        for name in self._batch.keys() & set(names):
            _spread(answers, _Answer(name, State.NOT_RUN, "needs a deadline"))
        return self._detection(segments, answers)

    async def detect(
        self,
        segments: Sequence[Segment],
        names: Sequence[str],
        deadline_s: float,
        occasion: Occasion = _SCAN,
    ) -> Detection:
        """Run everything requested, the batch detectors side by side under the deadline."""
        until = asyncio.get_running_loop().time() + deadline_s
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(_run(self._batch[name], segments, until, occasion))
                for name in sorted(self._batch.keys() & set(names))
            ]
            answers = self._inline_answers(segments, names)
        for task in tasks:
            for row, answer in zip(answers, task.result(), strict=True):
                row.append(answer)
        return self._detection(segments, answers)

    def _inline_answers(self, segments: Sequence[Segment], names: Sequence[str]) -> list[list[_Answer]]:
        due, strangers = self._due(tuple(names))
        answers = [[answer for group, ids in due for answer in _ask(group, ids, s.text)] for s in segments]
        for name in strangers:
            _spread(answers, _Answer(name, State.NOT_RUN, "not installed"))
        return answers

    def _due_for(self, names: tuple[str, ...]) -> tuple[list[tuple[Group, list[str]]], list[str]]:
        """The passes to make with the members that are wanted, and the names nobody goes by."""
        wanted = [(group, [id_ for id_ in members if id_ in names]) for group, members in self._groups]
        strangers = [name for name in dict.fromkeys(names) if name not in self._detectors]
        return [(group, ids) for group, ids in wanted if ids], strangers

    def _detection(self, segments: Sequence[Segment], answers: Sequence[Sequence[_Answer]]) -> Detection:
        coverage = tuple([
            Coverage(segment.id, answer.detector, answer.state, answer.reason)
            for segment, row in zip(segments, answers, strict=True)
            for answer in row
        ])  # fmt: skip
        found = any(answer.hits for row in answers for answer in row)
        return Detection(
            tuple(self._findings(segments, answers)) if found else (), coverage, _scores(segments, answers)
        )

    def _findings(
        self, segments: Sequence[Segment], answers: Sequence[Sequence[_Answer]]
    ) -> Iterator[Finding]:
        number = 0
        for segment, row in zip(segments, answers, strict=True):
            # Equal hits of two detectors are one object each: identity keeps the attribution.
            authors = {id(hit): answer.detector for answer in row for hit in answer.hits}
            if not authors:
                continue
            for hit in resolve(hit for answer in row for hit in answer.hits):
                detector = self._detectors[authors[id(hit)]]
                yield Finding(
                    f"f{number}", detector.id, detector.version, hit.category, hit.label, hit.score,
                    segment.id, hit.start, hit.end,
                )  # fmt: skip
                number += 1


def _scores(
    segments: Sequence[Segment], answers: Sequence[Sequence[_Answer]]
) -> dict[str, Mapping[str, float]]:
    return {
        segment.id: answer.scores
        for segment, row in zip(segments, answers, strict=True)
        for answer in row
        if answer.scores
    }


def _groups(detectors: Iterable[Detector]) -> list[tuple[Group, list[str]]]:
    """Detectors that share a pass, together; every other one alone."""
    members: dict[int, tuple[Group, list[str]]] = {}
    for detector in detectors:
        group = detector.group if isinstance(detector, Grouped) else _Solo(detector)
        members.setdefault(id(group), (group, []))[1].append(detector.id)
    return list(members.values())


def _ask(group: Group, ids: Sequence[str], text: str) -> list[_Answer]:
    try:
        reports = group.examine(text, ids)
        return [_answer(id_, reports[id_], text) for id_ in ids]
    except Exception as fault:  # noqa: BLE001 - whatever a detector raises is an unfinished check
        return [_fault(id_, fault) for id_ in ids]


async def _run(
    detector: BatchDetector, segments: Sequence[Segment], until: float, occasion: Occasion
) -> list[_Answer]:
    """A batch detector's answers, one a segment."""
    try:
        answers = {i: _declined(detector, segment, occasion) for i, segment in enumerate(segments)}
        wanted = [i for i, answer in answers.items() if answer is None]
        if wanted:
            async with asyncio.timeout_at(until):
                reports = await _reports(detector, [segments[i] for i in wanted], occasion)
            for i, report in zip(wanted, reports, strict=True):
                answers[i] = _answer(detector.id, report, segments[i].text)
        return [answer for answer in answers.values() if answer is not None]
    except TimeoutError:
        return [_Answer(detector.id, State.TIMEOUT, "deadline")] * len(segments)
    except Exception as fault:  # noqa: BLE001 - whatever a detector raises is an unfinished check
        return [_fault(detector.id, fault)] * len(segments)


async def _reports(
    detector: BatchDetector, segments: Sequence[Segment], occasion: Occasion
) -> Sequence[Report]:
    if isinstance(detector, Attentive):
        return await detector.detect_segments(segments, occasion)
    return await detector.detect_batch([segment.text for segment in segments])


def _declined(detector: BatchDetector, segment: Segment, occasion: Occasion) -> _Answer | None:
    reason = ""
    if isinstance(detector, Attentive):
        reason = detector.passes_over(segment, occasion)
    elif isinstance(detector, Selective):
        reason = detector.declines(segment)
    return _Answer(detector.id, State.NOT_APPLICABLE, reason) if reason else None


def _answer(detector: str, report: Report, text: str) -> _Answer:
    """Accept a report. A span or a score that cannot be would mislead whoever redacts by it."""
    if not report.hits and not report.incomplete:
        return _Answer(detector, State.OK, scores=report.scores)
    for hit in report.hits:
        if not (0 <= hit.start <= hit.end <= len(text) and 0.0 <= hit.score <= 1.0):
            return _Answer(detector, State.ERROR, "bad_hit")
    return _Answer(detector, _state(report), report.incomplete, report.hits, report.scores)


def _state(report: Report) -> State:
    if not report.looked:
        return State.NOT_RUN
    return State.ERROR if report.incomplete else State.OK


def _fault(detector: str, fault: Exception) -> _Answer:
    """Only the class is told: a message may quote the text."""
    return _Answer(detector, State.ERROR, type(fault).__name__)


def _spread(answers: Sequence[list[_Answer]], answer: _Answer) -> None:
    for row in answers:
        row.append(answer)
