"""Window mode: a stream is judged segment by segment while it comes, and released as far as it was judged.

A channel of text is cut where its content says so (:mod:`gateway.flow.segmentation`). With every cut the
detectors read a window: what was not released yet, and a little before it for context. Policy then decides
about everything found so far. What may leave ends some way before the cut, between two words and never
inside a value that was found or may still grow, so that a value that lies across a cut is seen whole before
any of it leaves. Tool calls and other texts that are of use only when whole are judged when they end.

All of this depends on the texts alone. How the upstream took them apart, into events or into packets,
changes neither what is found nor what is decided nor what is delivered.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from gateway.core.decision import Decision
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.detect.overlap import EXCLUSIVE
from gateway.flow.commands import Command
from gateway.flow.judging import Judged, Subject, decide, denied, detect
from gateway.flow.obligations import Unmet
from gateway.flow.placeholders import Placeholders
from gateway.flow.reading import unscanned
from gateway.flow.restoring import restore
from gateway.flow.segmentation import Segmenter
from gateway.flow.stopwatch import Stopwatch
from gateway.wire.splice import Edit, merged
from gateway.wire.stream import StreamReader
from gateway.wire.tape import Channel

BACK = 64
"""So many characters before a cut are not released with it: a value with white space in it, such as a card
number in groups, may go on behind the cut."""

CONTEXT = 128
"""So many characters that have left are read again: the words around a value tell what it is."""

PATIENCE = 32_768
"""A value that is still growing holds its channel back for so many characters, and no longer."""

HELD_LIMIT = 16 * 1024 * 1024
"""Bytes of frames that may wait for a verdict; an upstream that makes more wait has failed."""

WINDOWED = Coverage("stream", "*", State.NOT_APPLICABLE, "judged_by_window")
LATE = "found_late"
"""The value began in what had left; only its rest could be changed."""

Posing = Callable[[Sequence[Segment], Callable[[str], bool]], Subject]
"""The question to policy, for segments and what of them may be rewritten."""


Looking = Generator[Command, Any, Judged | None]


@dataclass(slots=True)
class _Window:
    """A part of a channel that is due."""

    channel: Channel
    end: int
    last: bool
    limit: int = 0
    """What may leave if policy agrees; known once the detectors have looked."""


class Windows:
    """What is known of one stream so far, and what follows from it."""

    def __init__(
        self, reader: StreamReader, pose: Posing, placeholders: Placeholders, clock: Stopwatch
    ) -> None:
        self.judged: Judged | None = None
        """The newest decision, with everything that it was made from."""

        self.restored: Mapping[str, int] = {}
        """How many placeholders became the caller's own values again, by label."""

        self._placeholders = placeholders
        self._reader = reader
        self._tape = reader.tape
        self._pose = pose
        self._clock = clock
        self._segmenters: dict[Channel, Segmenter] = {}
        self._segments: dict[str, Segment] = {}
        self._fixed: set[str] = set()
        self._findings: list[Finding] = []
        self._coverage: dict[tuple[str, str], Coverage] = {}
        self._decided: tuple[str, int] | None = None

    def look(self) -> Looking:
        """Judge what the newest frame made due. What stops the stream, or None."""
        for windows in self._due():
            for window in windows:
                yield from self._examine(window)
            stop = yield from self._decide(windows)
            if stop is not None:
                return stop
        return None

    def finish(self) -> Looking:
        """Judge what is left, and the whole, at the end of the stream. What stops it, or None."""
        stop = yield from self.look()
        if stop is not None or self._decided == self._around():
            return stop
        return (yield from self._decide([]))

    # -- windows ---------------------------------------------------------------------------------

    def _due(self) -> Iterator[list[_Window]]:
        """What is judged together: each window of a text by itself, what is used whole in one go."""
        whole: list[_Window] = []
        for channel in self._tape.fresh():
            if channel.flows:
                segmenter = self._segmenters.setdefault(channel, Segmenter())
                for cut in segmenter.feed(channel.unread()):
                    yield [_Window(channel, cut, last=False)]
            if channel.ended and channel.released < channel.length:
                last = _Window(channel, channel.length, last=True)
                if channel.flows:
                    yield [last]
                else:
                    whole.append(last)
        if whole:
            yield whole

    def _examine(self, window: _Window) -> Generator[Command, Any, None]:
        if window.channel.flows:
            yield from self._examine_part(window)
        else:
            yield from self._examine_whole(window)

    def _examine_part(self, window: _Window) -> Generator[Command, Any, None]:
        channel = window.channel
        text = channel.text
        start = _word(text, channel.released - CONTEXT)
        segment = Segment(
            self._id(channel.name), channel.role, channel.kind, channel.name, text[start : window.end]
        )
        detection = yield from detect(self._question(), [segment], self._clock)
        found = [replace(f, start=f.start + start, end=f.end + start) for f in detection.findings]
        fresh = [finding for finding in found if finding.end > channel.released]
        window.limit = window.end if window.last else self._limit(channel, window.end, fresh)
        self._findings += [f for f in fresh if f.end <= window.limit or f.category not in EXCLUSIVE]
        self._keep(segment._replace(text=text[: window.end]), fixed=channel.fixed)
        self._cover(detection.coverage)
        for finding in fresh:
            if finding.category in EXCLUSIVE and finding.start < channel.released:
                self._cover([Coverage("stream", finding.detector, State.NOT_APPLICABLE, LATE)])

    def _limit(self, channel: Channel, end: int, found: Sequence[Finding]) -> int:
        """Up to where a channel may leave when it was read up to ``end``; never inside a placeholder."""
        start, text = channel.released, channel.text
        limit = _limit(text, end, start, found)
        return max(start, min(limit, start + self._placeholders.open_tail(text[start:end])))

    def _examine_whole(self, window: _Window) -> Generator[Command, Any, None]:
        gather = self._tape.gathered([window.channel])
        segments = [
            self._keep(segment._replace(id=self._id(segment.pointer)), fixed=segment.pointer in gather.fixed)
            for segment in gather.segments
        ]
        detection = yield from detect(self._question(), segments, self._clock)
        self._findings += detection.findings
        self._cover(detection.coverage)
        window.limit = window.end

    def _id(self, pointer: str) -> str:
        known = self._segments.get(pointer)
        return known.id if known else f"s{len(self._segments)}"

    def _keep(self, segment: Segment, *, fixed: bool) -> Segment:
        self._segments[segment.pointer] = segment
        if fixed:
            self._fixed.add(segment.pointer)
        return segment

    def _cover(self, coverage: Sequence[Coverage]) -> None:
        """Of all that was said of a segment by a detector, the worst stands."""
        for entry in coverage:
            key = (entry.segment, entry.detector)
            known = self._coverage.get(key)
            if known is None or _WORSE.index(entry.state) > _WORSE.index(known.state):
                self._coverage[key] = entry

    # -- decisions -------------------------------------------------------------------------------

    def _question(self) -> Subject:
        return self._pose(tuple(self._segments.values()), lambda pointer: pointer not in self._fixed)

    def _around(self) -> tuple[str, int]:
        """What policy may look at beside the texts, and when it has changed."""
        return self._reader.finish, len(self._tape.gaps)

    def _decide(self, windows: Sequence[_Window]) -> Looking:
        self._decided = self._around()
        coverage = (WINDOWED, *unscanned(tuple(self._tape.gaps)), *self._coverage.values())
        findings = [replace(f, id=f"f{n}") for n, f in enumerate(sorted(self._findings, key=_place))]
        self.judged = judged = yield from decide(self._question(), findings, coverage, self._clock)
        if not judged.decision.answer.stops:
            try:
                self._settle(windows, judged)
            except Unmet as unmet:
                judged.decision = denied(judged.decision, unmet)
        return judged if judged.decision.answer.stops else None

    def _settle(self, windows: Sequence[_Window], judged: Judged) -> None:
        """Make the changes, and let out what they leave.

        Raises:
            Unmet: a rule wants changed what has left.
        """
        restored = restore(
            self._placeholders,
            judged.changes,
            self._segments.values(),
            lambda pointer: pointer not in self._fixed,
        )
        self.restored = restored.counts
        for name, edits in self._tape.surfaced(restored.edits).items():
            self._change(self._tape.channels[name], edits, judged.decision)
        for window in windows:
            channel, limit = window.channel, window.limit
            across = (edit.end for edit in channel.edits if edit.start < limit < edit.end)
            self._tape.let(channel, max((limit, *across)))

    def _change(self, channel: Channel, edits: Sequence[Edit], decision: Decision) -> None:
        gone = channel.released
        made = [edit for edit in channel.edits if edit.end <= gone]
        for edit in edits:
            if edit.end <= gone and not any(m.start <= edit.start and edit.end <= m.end for m in made):
                raise Unmet(decision.obligations[0], "already_released")
        due = (_rest(edit, gone, made) for edit in edits if edit.end > gone)
        channel.edits = merged(chain(made, due))


def _rest(edit: Edit, gone: int, made: Sequence[Edit]) -> Edit:
    """What of an edit concerns the text that has not left; one that goes on does not begin anew."""
    if edit.start >= gone:
        return edit
    goes_on = any(other.end == gone and other.text == edit.text for other in made)
    return replace(edit, start=gone, text="" if goes_on else edit.text)


_WORSE = (State.NOT_APPLICABLE, State.OK, State.NOT_RUN, State.TIMEOUT, State.ERROR)


def _place(finding: Finding) -> tuple[int, int, int]:
    return int(finding.segment[1:]), finding.start, finding.end


def _limit(text: str, end: int, released: int, found: Sequence[Finding]) -> int:
    """Up to where a text may leave when it was read up to ``end``."""
    if end - released > PATIENCE:
        return end
    limit = _word(text, end - BACK)
    values = [finding for finding in found if finding.category in EXCLUSIVE]
    for value in sorted(values, key=lambda value: value.start, reverse=True):
        if value.start < limit < value.end:
            limit = value.start
    return max(limit, released)


def _word(text: str, at: int) -> int:
    """The last beginning of a word at or before a place."""
    while at > 0 and not text[at - 1].isspace():
        at -= 1
    return max(at, 0)
