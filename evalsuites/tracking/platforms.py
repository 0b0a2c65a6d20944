"""Telling a platform, within a bounded time, whatever the platform does.

Their libraries retry, wait for servers and start processes of their own. So each export is a process group by
itself: when its time is up the whole group ends, and the release goes on.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from evalsuites.tracking.record import Tracked

PLATFORMS = {"wandb": "wandb_run", "mlflow": "mlflow_run", "otel": "otel_events"}
TIMEOUT_S = 60.0
_GRACE_S = 2.0
_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "WANDB_ERROR_REPORTING": "false"}
"""What these libraries would tell their makers, they do not, unless the user has decided otherwise."""

_NEEDED = "pip install 'lictor[evals]'"


@dataclass(frozen=True, slots=True)
class Told:
    """How an export went."""

    platform: str
    ok: bool
    said: str
    """Where the run is now, or why it is not."""


def exporter(platform: str) -> Callable[[Tracked], str]:
    """The function that tells a run to a platform, and says where it is then."""
    export: Callable[[Tracked], str] = import_module(f"evalsuites.tracking.{PLATFORMS[platform]}").export
    return export


def tell(
    platform: str,
    folder: Path,
    *,
    content: bool = False,
    suites: Path | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Told:
    """Tell the run in a folder to a platform. Never raises, and takes no longer than it may.

    Args:
        platform: one of ``PLATFORMS``.
        folder: where the run was written.
        content: whether texts may leave.
        suites: where the suites lie, whose inputs go along where texts may leave.
        timeout_s: seconds until the export is given up.
    """
    asked = {
        "platform": platform,
        "folder": str(folder),
        "content": content,
        "suites": str(suites) if suites else "",
    }
    try:
        return _run(platform, json.dumps(asked) + "\n", timeout_s)
    except OSError as error:
        return Told(platform, ok=False, said=str(error))


def _run(platform: str, asked: str, timeout_s: float) -> Told:
    process = subprocess.Popen(
        [sys.executable, "-m", "evalsuites.tracking"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**_QUIET, **os.environ}, start_new_session=True,
    )  # fmt: skip
    try:
        out, err = process.communicate(asked, timeout_s)
    except subprocess.TimeoutExpired:
        _end(process)
        return Told(platform, ok=False, said=f"no answer within {timeout_s:g} s")
    if process.returncode == 0:
        return Told(platform, ok=True, said=_last(out))
    return Told(platform, ok=False, said=_why(err))


def _end(process: "subprocess.Popen[str]") -> None:
    """End the process and whatever it started. Others may hold the pipes: no waiting for those."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=_GRACE_S)


def _why(err: str) -> str:
    why = _last(err) or "it ended without a word"
    return f"{why}: {_NEEDED}" if why.startswith("ModuleNotFoundError") else why


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""
