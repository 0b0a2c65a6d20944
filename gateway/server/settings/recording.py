"""``[recording]``: answers of upstreams, on file."""

from pathlib import Path
from typing import Literal

from gateway.server.settings.section import Section


class RecordingSettings(Section):
    """``[recording]``: answers of upstreams, kept and played back. For evaluations, never for production."""

    mode: Literal["off", "record", "replay", "replay-or-fail"] = "off"
    """``record`` asks and keeps, ``replay`` asks only for what is not kept, ``replay-or-fail`` never asks."""

    path: Path = Path("var/recordings")
    used: Path | None = None
    """A file that the key of every answer is appended to that is played back."""
