"""The run's manifest: everything that could have made it come out differently, by digest."""

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any

from evalsuites.harness.gates.gate import GateFile
from evalsuites.harness.suite import Suite


def manifest(  # noqa: PLR0913 - one for each thing that a run depends on
    gates: GateFile,
    suites: Iterable[Suite],
    *,
    mode: str,
    policy: str,
    target: str,
    models: Iterable[str],
    classifiers: Mapping[str, str] | None = None,
    judges: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """What was run: digests of gates, suites, judges' profiles, policy, code and environment."""
    return {
        "version": 1,
        "lictor": version("lictor"),
        "gates": gates.digest,
        "suites": {suite.name: suite.digest for suite in sorted(suites, key=lambda one: one.name)},
        "judges": dict(sorted((judges or {}).items())),
        "policy": policy,
        "target": target,
        "mode": mode,
        "models": sorted(set(models)),
        "classifiers": dict(sorted((classifiers or {}).items())),
        "code": _commit(Path.cwd()),
        "environment": {
            "python": sys.version.split()[0],
            "machine": platform.machine(),
            "packages": _packages(),
        },
    }


def _packages() -> str:
    """One digest over the names and versions of everything that is installed."""
    names = sorted(f"{one.metadata['Name']}=={one.version}".lower() for one in distributions())
    return f"sha256:{hashlib.sha256(chr(10).join(names).encode()).hexdigest()}"


def _commit(root: Path) -> str:
    """The commit that is checked out, ``+`` behind it where files differ; empty outside of a repository."""
    try:
        head = _git(root, "rev-parse", "HEAD")
        return head + ("+" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    done = subprocess.run(  # noqa: S603 - fixed command
        command, capture_output=True, text=True, check=True, timeout=10, env=environment
    )
    return done.stdout.strip()
