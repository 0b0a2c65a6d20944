"""Guards and rails that the settings ask for."""

from dataclasses import dataclass
from pathlib import Path

from gateway.detect.guardrails.guard import GuardDetector, load_guards
from gateway.detect.nemo.detector import NemoDetector, load_rails
from gateway.detect.nemo.judge import Judge
from gateway.detect.nemo.loop import RailsLoop
from gateway.policy.shipped import shipped
from gateway.server.settings import PolicySettings


@dataclass(frozen=True, slots=True)
class Declared:
    """The detectors that folders of policies declare."""

    guards: tuple[GuardDetector, ...] = ()
    rails: tuple[NemoDetector, ...] = ()
    loop: RailsLoop | None = None

    @property
    def detectors(self) -> tuple[GuardDetector | NemoDetector, ...]:
        """All of them."""
        return (*self.guards, *self.rails)

    def close(self) -> None:
        """End the thread of the rails."""
        if self.loop is not None:
            self.loop.close()


def declared(settings: PolicySettings, judge: Judge | None) -> Declared:
    """Load and try them; without any, neither Guardrails nor NeMo is ever imported.

    Raises:
        ConfigError: one cannot be used; the message names file and line.
    """
    guards = load_guards(_found(settings.guards), settings.guard_modules) if settings.guards else ()
    if not settings.rails:
        return Declared(guards)
    loop = RailsLoop()
    try:
        rails = tuple(load_rails(_found(path), loop, judge) for path in settings.rails)
    except BaseException:
        loop.close()
        raise
    return Declared(guards, rails, loop)


def listed(found: Declared) -> list[dict[str, str]]:
    """What was declared, as the admin API tells it."""
    return [
        {"id": detector.id, "version": detector.version, "kind": kind}
        for kind, detectors in (("guard", found.guards), ("rails", found.rails))
        for detector in detectors
    ]


def _found(path: Path) -> Path:
    """A folder as named; ``shipped/…`` stands for one that comes with the package."""
    return shipped().joinpath(*path.parts[1:]) if path.parts[:1] == ("shipped",) else path
