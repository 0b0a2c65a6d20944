"""Where the time of an exchange went, by stage."""

from collections.abc import Callable


class Stopwatch:
    """Adds up microseconds by stage. The clock is given, so that tests need not wait."""

    __slots__ = ("_began", "_last", "_micros", "_stages")

    def __init__(self, micros: Callable[[], int]) -> None:
        self._micros = micros
        self._began = self._last = micros()
        self._stages: dict[str, int] = {}

    def lap(self, stage: str) -> None:
        """Credit the time since the last lap to a stage."""
        now = self._micros()
        self._stages[stage] = self._stages.get(stage, 0) + now - self._last
        self._last = now

    def elapsed(self) -> int:
        """Microseconds since the start."""
        return self._micros() - self._began

    def stages(self) -> dict[str, int]:
        """Microseconds by stage so far, and ``total``."""
        return {**self._stages, "total": self.elapsed()}
