"""Checking folders of guards and rails, as ``lictor policy check`` does."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from gateway.core.errors import ConfigError
from gateway.detect.nemo.judge import Call, JudgeAbsent, Question


def complaints_about(guards: Sequence[Path], rails: Sequence[Path]) -> Iterator[str]:
    """What is wrong, one complaint a line, with file and line where there is one."""
    for folder in guards:
        yield from _tried(_guards, folder)
    for folder in rails:
        for each in _folders(folder):
            yield from _tried(_rails, each)


def _tried(load: Callable[[Path], None], folder: Path) -> Iterator[str]:
    try:
        load(folder)
    except ConfigError as error:
        yield from str(error).splitlines()


def _guards(folder: Path) -> None:
    from gateway.detect.guardrails.guard import load_guards

    load_guards(folder)


def _rails(folder: Path) -> None:
    from gateway.detect.nemo.detector import load_rails
    from gateway.detect.nemo.loop import RailsLoop

    loop = RailsLoop()
    try:
        load_rails(folder, loop, _Unasked())
    finally:
        loop.close()


def _folders(folder: Path) -> list[Path]:
    """The folder itself, or the folders of rails in it."""
    if any(folder.glob("config.y*ml")):
        return [folder]
    return [each for each in sorted(folder.iterdir()) if each.is_dir()] or [folder]


class _Unasked:
    """Stands in for upstreams, which a check neither knows nor asks."""

    def check(self, upstream: str) -> str:  # noqa: ARG002 - any name will do
        """Settings say later whether there is such an upstream."""
        return ""

    async def ask(self, question: Question) -> NoReturn:  # noqa: ARG002 - nobody is asked
        """Nobody answers."""
        raise JudgeAbsent

    async def record(self, exchange: str, rails: str, segment: str, calls: Sequence[Call]) -> None:
        """Nothing to keep."""
