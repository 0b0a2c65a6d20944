"""Which of many expressions occur in a text: one pass for all of them.

Hyperscan answers the cheap question (which), Python's ``re`` the exact one (where), and only for
the few expressions that occurred. So no byte offset is ever turned into a character offset, each
expression is reported at most once a text, and a text made to match everywhere costs one callback
for an expression like any other.

Where hyperscan has no wheel, :class:`ReScreen` asks ``re`` about every expression in turn: the
same answers, two orders of magnitude slower on long texts.
"""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

try:
    import hyperscan
except ImportError:  # pragma: no cover - platforms without a wheel
    HAS_HYPERSCAN = False
else:
    HAS_HYPERSCAN = True


@dataclass(frozen=True, slots=True)
class Probe:
    """An expression to look for, in the syntax that hyperscan and ``re`` share."""

    expression: str
    caseless: bool = False


class Screen(Protocol):
    """Says which probes occur."""

    def seen(self, text: str) -> list[int]:
        """Indices of the probes that occur, each once, in no particular order."""
        ...


class HyperscanScreen:
    """All probes in one hyperscan database, compiled once and shared by all threads."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=[probe.expression.encode() for probe in probes],
            ids=list(range(len(probes))),
            elements=len(probes),
            flags=[_flags(probe) for probe in probes],
        )
        self._local = threading.local()

    def seen(self, text: str) -> list[int]:
        """Indices of the probes that occur."""
        seen: list[int] = []
        # A lone surrogate has no UTF-8 form; "?" stands in for it, and offsets do not matter here.
        data = text.encode("utf-8", "replace")
        self._database.scan(data, _collect, 0, seen, self._scratch())  # type: ignore[arg-type]
        return seen

    def _scratch(self) -> "hyperscan.Scratch":
        """Working memory of this thread: hyperscan forbids sharing it."""
        try:
            scratch: hyperscan.Scratch = self._local.scratch
        except AttributeError:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        return scratch


class ReScreen:
    """The same answers from the standard library."""

    def __init__(self, probes: Sequence[Probe]) -> None:
        self._searches: list[Callable[[str], object]] = [
            re.compile(probe.expression, re.ASCII | (re.IGNORECASE if probe.caseless else 0)).search
            for probe in probes
        ]

    def seen(self, text: str) -> list[int]:
        """Indices of the probes that occur."""
        return [index for index, search in enumerate(self._searches) if search(text)]


def make_screen(probes: Sequence[Probe]) -> Screen:
    """The fastest screen that this platform has."""
    return HyperscanScreen(probes) if HAS_HYPERSCAN else ReScreen(probes)


def _collect(index: int, _start: int, _end: int, _flags: int, seen: list[int]) -> None:
    seen.append(index)


def _flags(probe: Probe) -> int:
    """Once a text is enough.

    UTF-8 mode only where a class may span characters beyond ASCII: everywhere else bytes read the
    same and scan faster.
    """
    flags: int = hyperscan.HS_FLAG_SINGLEMATCH
    if probe.caseless:
        flags |= hyperscan.HS_FLAG_CASELESS
    if "[^" in probe.expression or not probe.expression.isascii():
        flags |= hyperscan.HS_FLAG_UTF8
    return flags
