"""Threads for checks that may be slow, may keep state and were written for one caller.

Each call gets a check of its own on a thread of its own, and nothing of it is shared with another exchange
or stream. A thread cannot be stopped: one whose deadline has passed is left behind, and only so many may be.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.detect.detector import Report

MOST_THREADS: Final = 8
UNFINISHED: Final = Report(incomplete="deadline")
OVERLOADED: Final = Report(incomplete="overloaded", looked=False)

Check = Callable[[str], Report]


@dataclass(slots=True)
class _Errand:
    """The texts of one call, and what came of them so far."""

    texts: Sequence[str]
    done: asyncio.Event
    loop: asyncio.AbstractEventLoop
    reports: list[Report] = field(default_factory=list)
    given_up: bool = False


class Errands:
    """Runs checks of one kind, at most :data:`MOST_THREADS` at a time."""

    def __init__(self, name: str, make: Callable[[], Check], deadline_s: float) -> None:
        """``make`` gives a new check for each call."""
        self._name = name
        self._make = make
        self._deadline_s = deadline_s
        self._running = 0
        self._lock = threading.Lock()

    async def run(self, texts: Sequence[str]) -> list[Report]:
        """One report a text; those that were not reached in time say ``deadline``."""
        errand = _Errand(texts, asyncio.Event(), asyncio.get_running_loop())
        if not self._start(errand):
            return [OVERLOADED] * len(texts)
        try:
            async with asyncio.timeout(self._deadline_s):
                await errand.done.wait()
        except TimeoutError:
            pass
        finally:
            errand.given_up = True
        reports = tuple(errand.reports)[: len(texts)]
        return [*reports, *[UNFINISHED] * (len(texts) - len(reports))]

    def _start(self, errand: _Errand) -> bool:
        with self._lock:
            if self._running >= MOST_THREADS:
                return False
            self._running += 1
        threading.Thread(target=self._run, args=(errand,), name=f"lictor-{self._name}", daemon=True).start()
        return True

    def _run(self, errand: _Errand) -> None:
        try:
            self._judge(errand)
        finally:
            with self._lock:
                self._running -= 1
        try:
            errand.loop.call_soon_threadsafe(errand.done.set)
        except RuntimeError:  # nobody is there any longer
            return

    def _judge(self, errand: _Errand) -> None:
        try:
            check = self._make()
        except Exception as fault:  # noqa: BLE001 - whatever a check raises is an unfinished check
            errand.reports = [Report(incomplete=type(fault).__name__)] * len(errand.texts)
            return
        for text in errand.texts:
            if errand.given_up:
                return
            errand.reports.append(_report(check, text))


def _report(check: Check, text: str) -> Report:
    try:
        return check(text)
    except Exception as fault:  # noqa: BLE001 - as above
        return Report(incomplete=type(fault).__name__)


def widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Whole words: some validators are off by a character, which a redaction would leave behind."""
    while start and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


def spans(text: str, named: object) -> list[tuple[int, int]]:
    """Where a failed validation says that it failed; the whole text where it does not say."""
    told = [(span.start, span.end) for span in named] if isinstance(named, list | tuple) else []
    fitting = {widened(text, *span) for span in told if 0 <= span[0] < span[1] <= len(text)}
    return sorted(fitting) or [(0, len(text))]
