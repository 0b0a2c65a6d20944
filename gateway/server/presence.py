"""Presence: each worker says what it runs, in a small file, so that any of them can answer for all.

Files of workers that are gone stay for a while and are told as stale; a clock that jumps makes a file look
stale, never fresh.
"""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from gateway.policy.store import Store
from gateway.server.ids import now_ms
from gateway.server.settings import Settings

Json = dict[str, Any]

STALE_MS = 15_000
FORGOTTEN_S = 24 * 3600


@dataclass(slots=True)
class Presence:
    """One worker's file, among those of the others."""

    folder: Path
    node: str
    pid: int = field(default_factory=os.getpid)
    started_ms: int = field(default_factory=now_ms)
    _begun: float = field(default_factory=time.monotonic)

    def say(self, what: Mapping[str, object]) -> None:
        """Publish what this worker runs. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_suffix(".new")
        draft.write_bytes(orjson.dumps(self.document(what)))
        draft.replace(self._file)

    def document(self, what: Mapping[str, object]) -> Json:
        """What is said, and who says it when."""
        uptime = int(time.monotonic() - self._begun)
        return {
            "node": self.node,
            "pid": self.pid,
            "started_ms": self.started_ms,
            "uptime_s": uptime,
            "at_ms": now_ms(),
            **what,
        }

    def leave(self) -> None:
        """Take the file away."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove what workers left behind that have been gone for long."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                if time.time() - path.stat().st_mtime > FORGOTTEN_S:
                    path.unlink(missing_ok=True)

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.node}.{self.pid}.json"


def presence(settings: Settings) -> Presence | None:
    """This worker's; None where there is no folder for it."""
    folder = status_folder(settings)
    return Presence(folder, settings.audit.node) if folder is not None else None


def status_folder(settings: Settings) -> Path | None:
    """In the store, where nodes share it; else beside the log; without either there is no file."""
    if settings.policy.store is not None:
        return Store(settings.policy.store).status
    log = settings.audit.path
    return log.with_name(log.name + ".status") if settings.audit.enabled else None


def everybody(folder: Path) -> list[Json]:
    """What all workers say, each with ``stale``, by node and process; unreadable files are left out."""
    found = [_read(path) for path in sorted(folder.glob("*.json"))] if folder.is_dir() else []
    return [each | {"stale": _stale(each)} for each in found if each]


def _read(path: Path) -> Json:
    try:
        said = orjson.loads(path.read_bytes())
    except (OSError, ValueError):  # it has just left, or somebody else's file
        return {}
    return said if isinstance(said, dict) else {}


def _stale(said: Json) -> bool:
    at = said.get("at_ms")
    return not isinstance(at, int) or abs(now_ms() - at) > STALE_MS
