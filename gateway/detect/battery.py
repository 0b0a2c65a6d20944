"""A battery of recognisers behind one screen, presented as one detector for each family."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gateway.core.finding import Hit
from gateway.detect.detector import Incomplete, Report
from gateway.detect.engine import Probe, Screen, make_screen
from gateway.detect.fold import fold, foldable
from gateway.detect.overlap import resolve
from gateway.detect.recogniser import NOTHING, NUMBER_MARGIN, NUMBER_RUN, Form, Recogniser

BEFORE_CHARS = 48
AFTER_CHARS = 32
"""How far from a value a context word may stand: in front of it, and behind."""

LIMIT_BASE = 4096
LIMIT_EVERY = 16
"""Rejected candidates allowed for a text: a base, and one more every so many characters. Real lists
of numbers stay far below; a text built to keep validators busy does not."""

_FOLDABLE = 0
_NUMBER_RUN = re.compile(NUMBER_RUN, re.ASCII)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A form, compiled."""

    family: str
    category: str
    label: str
    form: Form
    search: Callable[[str, int, int], re.Match[str] | None]
    group: int | str
    context: re.Pattern[str] | None
    needs: int
    """Index of the context's own probe, without which no hit is possible; -1 when it is."""

    def score(self, text: str, start: int, end: int) -> float:
        """How sure the surroundings and the value make us."""
        certainty = self.form.validate(text[start:end])
        if certainty == NOTHING or self.context is None:
            return certainty * self.form.near
        return certainty * (self.form.near if self._confirmed(text, start, end) else self.form.alone)

    def _confirmed(self, text: str, start: int, end: int) -> bool:
        if self.form.near == self.form.alone or self.context is None:
            return True
        before = self.context.search(text, max(0, start - BEFORE_CHARS), start)
        return bool(before or self.context.search(text, end, end + AFTER_CHARS))


class _Reading:
    """One text while it is judged for one family."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rejections_left = LIMIT_BASE + len(text) // LIMIT_EVERY

    @property
    def given_up(self) -> bool:
        """True when the text kept the validators busy for too long."""
        return self.rejections_left <= 0

    @cached_property
    def numbers(self) -> list[tuple[int, int]]:
        """Where numeric forms may match: around each run of digits."""
        return [
            (max(0, run.start() - NUMBER_MARGIN), run.end() + NUMBER_MARGIN)
            for run in _NUMBER_RUN.finditer(self.text)
        ]

    def hits(self, entry: _Entry) -> Iterator[Hit]:
        """Every accepted candidate of a form."""
        last = 0
        for start, end in self.numbers if entry.form.numeric else ((0, len(self.text)),):
            # Most forms are nowhere near: ask before setting anything up.
            if entry.search(self.text, max(start, last), end) is None:
                continue
            for hit in self._between(entry, max(start, last), end):
                last = hit.end
                yield hit

    def _between(self, entry: _Entry, position: int, limit: int) -> Iterator[Hit]:
        """A rejected candidate gives back all but its first character: a value may begin inside."""
        while not self.given_up and (match := entry.search(self.text, position, limit)):
            start, end = match.span(entry.group)
            score = entry.score(self.text, start, end)
            if score > NOTHING:
                yield Hit(entry.category, entry.label, score, start, end)
                position = match.end()
            else:
                self.rejections_left -= 1
                position = match.start() + 1


class Battery:
    """Families of recognisers, screened in one pass.

    Words that make a value plausible have a screen of their own, which only a text with such a value
    meets: they are common in prose, and most prose has no such value.
    """

    def __init__(
        self,
        families: Mapping[str, Sequence[Recogniser]],
        screen: Callable[[Sequence[Probe]], Screen] = make_screen,
    ) -> None:
        values, contexts = _Probes(), _Probes()
        values.index(Probe(foldable()))
        entries = [
            (values.index(Probe(form.probe or form.expression, form.caseless)), entry)
            for family, recognisers in families.items()
            for recogniser in recognisers
            for form, entry in _compile(family, recogniser, contexts)
        ]
        self._by_probe = tuple(
            tuple(entry for probe, entry in entries if probe == index) for index in range(len(values.all))
        )
        self._screen = screen(values.all)
        self._contexts = screen(contexts.all) if contexts.all else None

    def examine(self, text: str, ids: Collection[str]) -> Mapping[str, Report]:
        """The reports of the named families."""
        seen = self._screen.seen(text)
        if _FOLDABLE in seen:
            text = fold(text)
            seen = self._screen.seen(text)
        due = self._due(text, seen)
        if not due:
            return dict.fromkeys(ids, _CLEAN)
        return {family: _judge(text, [entry for entry in due if entry.family == family]) for family in ids}

    def _due(self, text: str, seen: list[int]) -> list[_Entry]:
        """The forms that may match, given the probes that occur."""
        due = [entry for index in seen for entry in self._by_probe[index]]
        if self._contexts is None or all(entry.needs < 0 for entry in due):
            return due
        present = self._contexts.seen(text)
        return [entry for entry in due if entry.needs < 0 or entry.needs in present]


@dataclass(frozen=True, slots=True)
class FamilyDetector:
    """One family of a battery as a detector."""

    id: str
    version: str
    categories: frozenset[str]
    group: Battery

    def detect(self, text: str) -> Sequence[Hit]:
        """Hits of one text."""
        report = self.group.examine(text, (self.id,))[self.id]
        if report.incomplete:
            raise Incomplete(report.incomplete, report.hits)
        return report.hits


_CLEAN = Report()


class _Probes:
    """Probes in order, each kept once."""

    def __init__(self) -> None:
        self.all: list[Probe] = []
        self._index: dict[Probe, int] = {}

    def index(self, probe: Probe) -> int:
        """Where the probe stands; it is added when it is new."""
        if probe not in self._index:
            self._index[probe] = len(self.all)
            self.all.append(probe)
        return self._index[probe]


def _compile(family: str, recogniser: Recogniser, contexts: _Probes) -> Iterator[tuple[Form, _Entry]]:
    context, context_probe = None, -1
    if recogniser.context:
        words = f"(?<![A-Za-z])(?:{recogniser.context})(?![A-Za-z])"
        context = re.compile(words, re.ASCII | re.IGNORECASE)
        if any(form.alone == NOTHING for form in recogniser.forms):
            context_probe = contexts.index(Probe(f"(?:{recogniser.context})", caseless=True))
    for form in recogniser.forms:
        flags = re.ASCII | (re.IGNORECASE if form.caseless else 0)
        regex = re.compile(f"{form.before}(?:{form.expression}){form.after}", flags)
        group = "value" if "value" in regex.groupindex else 0
        needs = context_probe if form.alone == NOTHING else -1
        yield (
            form,
            _Entry(family, recogniser.category, recogniser.label, form, regex.search, group, context, needs),
        )


def _judge(text: str, entries: Sequence[_Entry]) -> Report:
    reading = _Reading(text)
    hits = [hit for entry in entries for hit in reading.hits(entry)]
    return Report(tuple(resolve(hits)), "candidate_limit" if reading.given_up else "")
