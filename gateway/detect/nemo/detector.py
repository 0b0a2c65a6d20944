"""The rails of a folder as a detector.

Input rails read what users say, output rails what the model answers, retrieval rails what tools bring; which
roles that are, ``rails.yaml`` can change. What a rail blocks is a finding over the whole segment, what it
would change a finding over the changed span. A rail that fails or is late is coverage, never a pass.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway.core.errors import ConfigError
from gateway.core.finding import Hit
from gateway.core.segment import Segment
from gateway.detect.detector import Occasion, Report
from gateway.detect.nemo.declaration import DIRECTIONS, Direction, RailsFolder, read_folder
from gateway.detect.nemo.judge import Judge, JudgeModel, Sitting
from gateway.detect.nemo.loop import RailsLoop
from gateway.detect.nemo.rails import Rails, Verdict, build

CHANGED: Final = "rails_change"
"""Category of the findings that say what a rail would change."""

UNFINISHED: Final = Report(incomplete="deadline")
_PATIENCE_S: Final = 120.0
OVERLOADED: Final = Report(incomplete="overloaded", looked=False)


class NemoDetector:
    """Runs the rails of one folder."""

    def __init__(
        self, folder: RailsFolder, rails: Rails, loop: RailsLoop, judge: Judge | None = None
    ) -> None:
        self.id = folder.id
        self.version = folder.version
        self.categories = frozenset({folder.settings.category, CHANGED})
        self._settings = folder.settings
        self._directions = tuple(each for each in DIRECTIONS if folder.flows(each))
        self._rails = rails
        self._loop = loop
        self._judge = judge

    def passes_over(self, segment: Segment, occasion: Occasion) -> str:
        """Words that none of the rails are about."""
        if segment.kind not in self._settings.kinds:
            return "other_kind"
        return "" if self._direction(segment, occasion) else "other_role"

    async def detect_batch(self, texts: Sequence[str]) -> list[Report]:
        """Bare texts, as a user's."""
        segments = [Segment(f"s{i}", "user", "text", "", text) for i, text in enumerate(texts)]
        return await self.detect_segments(segments, Occasion())

    async def detect_segments(self, segments: Sequence[Segment], occasion: Occasion) -> list[Report]:
        """One report a segment; those that were not reached in time say ``deadline``."""
        reports: list[Report] = []
        sittings = [Sitting(asyncio.get_running_loop()) for _ in segments]
        running = self._loop.submit(self._reports(segments, occasion, sittings, reports))
        if running is None:
            return [OVERLOADED] * len(segments)
        try:
            async with asyncio.timeout(self._settings.deadline_ms / 1000):
                await asyncio.wrap_future(running)
        except TimeoutError:
            pass
        finally:
            await self._record(segments, occasion, sittings)
        told = tuple(reports)
        return [*told, *[UNFINISHED] * (len(segments) - len(told))]

    async def _reports(
        self,
        segments: Sequence[Segment],
        occasion: Occasion,
        sittings: Sequence[Sitting],
        reports: list[Report],
    ) -> None:
        """In the rails' thread, one text behind the other: NeMo computes, so side by side gains nothing."""
        for segment, sitting in zip(segments, sittings, strict=True):
            direction = self._direction(segment, occasion)
            try:
                if direction is None:
                    reports.append(Report(incomplete="other_role", looked=False))
                    continue
                verdict = await self._rails.judge(direction, segment.text, sitting)
                reports.append(Report(tuple(self._hits(verdict, segment.text))))
            except Exception as fault:  # noqa: BLE001 - whatever a rail raises is an unfinished check
                reports.append(Report(incomplete=type(fault).__name__))

    async def _record(
        self, segments: Sequence[Segment], occasion: Occasion, sittings: Sequence[Sitting]
    ) -> None:
        for segment, sitting in zip(segments, sittings, strict=True):
            if sitting.calls and self._judge is not None:
                await self._judge.record(occasion.exchange, self.id, segment.id, tuple(sitting.calls))

    def _direction(self, segment: Segment, occasion: Occasion) -> Direction | None:
        """Answers of earlier turns were judged when they were given."""
        if occasion.phase == "response":
            ours: tuple[Direction, ...] = ("output",)
        else:
            ours = ("input", "retrieval")
        roles = self._settings.roles
        for direction in ours:
            if direction in self._directions and segment.role in getattr(roles, direction):
                return direction
        return None

    def _hits(self, verdict: Verdict, text: str) -> list[Hit]:
        if not verdict.blocked and verdict.text == text:
            return []
        label = self._settings.label or verdict.rail.replace(" ", "_") or "rail"
        if verdict.blocked:
            return [Hit(self._settings.category, label, 1.0, 0, len(text))]
        return [Hit(CHANGED, label, 1.0, *changed(text, verdict.text))]


def changed(before: str, after: str) -> tuple[int, int]:
    """The span of ``before`` outside which both are the same; the whole where something only came in."""
    shorter = min(len(before), len(after))
    start = next((i for i in range(shorter) if before[i] != after[i]), shorter)
    rest = shorter - start
    same = next((i for i in range(rest) if before[-1 - i] != after[-1 - i]), rest)
    end = len(before) - same
    return (start, end) if start < end else (0, len(before))


def load_rails(path: Path, loop: RailsLoop, judge: Judge | None = None) -> NemoDetector:
    """The rails of a folder as a detector. Importing NeMo takes seconds, once.

    Raises:
        ConfigError: NeMo is not installed, or something in the folder cannot be used.
    """
    folder = read_folder(path)
    settings = folder.settings.judge
    model = None
    if settings is not None:
        if judge is None:
            raise ConfigError(f"{path}: rails with a judge need a gateway that has upstreams")
        if reason := judge.check(settings.upstream):
            raise ConfigError(f"{path}: judge.upstream: {settings.upstream}: {reason}")
        model = JudgeModel(judge, settings)
    rails = loop.run(_built(folder, model), _PATIENCE_S)
    if model is None:
        _try(folder, rails, loop)
    return NemoDetector(folder, rails, loop, judge)


async def _built(folder: RailsFolder, model: JudgeModel | None) -> Rails:
    """In the rails' thread: elsewhere NeMo would make an event loop that nobody closes."""
    return build(folder, model)


def _try(folder: RailsFolder, rails: Rails, loop: RailsLoop) -> None:
    """NeMo finds some mistakes only when it comes to them, so each direction runs once at the start."""
    for direction in DIRECTIONS:
        if not folder.flows(direction):
            continue
        try:
            loop.run(rails.judge(direction, "Good morning.", Sitting()), _PATIENCE_S)
        except Exception as error:  # noqa: BLE001 - whatever a rail raises
            raise ConfigError(
                f"{folder.where('rails', direction)}: a trial of the {direction} rails failed: "
                f"{type(error).__name__}: {error}"
            ) from None
