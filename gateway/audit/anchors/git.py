"""A git repository: one commit for each checkpoint, pushed where a remote is named.

Commits chain, and clones keep them; who pulls holds evidence that the keeper of the log cannot take back.
"""

import os
import subprocess
from pathlib import Path

from gateway.audit.anchors.anchor import AnchorFault, Evidence, Subject
from gateway.audit.anchors.directory import Directory

_PATIENCE = 60.0
"""Seconds that one git command may take."""

_AUTHOR = ("-c", "user.name=lictor", "-c", "user.email=lictor@localhost", "-c", "commit.gpgsign=false")


class Git:
    """Commits checkpoints into an existing repository."""

    kind = "git"

    def __init__(self, name: str, repository: Path, remote: str = "") -> None:
        """With a *remote*, the current branch is pushed to it after each commit."""
        self.name = name
        self._repository = repository
        self._remote = remote
        self._directory = Directory(name, repository)

    def attest(self, subject: Subject) -> Evidence:
        """Commit, and push. Raises AnchorFault with git's own complaint."""
        if not (self._repository / ".git").exists():
            raise AnchorFault(f"{self._repository} is no git repository")
        path = self._directory.write(subject).relative_to(self._repository)
        self._git("add", "--", str(path))
        if self._git("status", "--porcelain", "--", str(path)):
            checkpoint = subject.checkpoint
            self._git(
                *_AUTHOR,
                "commit",
                "--quiet",
                "-m",
                f"{checkpoint.origin}: {checkpoint.size} entries",
                "--",
                str(path),
            )
        if self._remote:
            self._git("push", "--quiet", self._remote, "HEAD")
        return Evidence()

    def _git(self, *arguments: str) -> str:
        quiet = os.environ | {"GIT_TERMINAL_PROMPT": "0"}
        try:
            done = subprocess.run(  # noqa: S603
                ["git", "-C", str(self._repository), *arguments],  # noqa: S607
                capture_output=True,
                text=True,
                env=quiet,
                timeout=_PATIENCE,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise AnchorFault(f"git: {error}") from error
        if done.returncode:
            raise AnchorFault(f"git: {done.stderr.strip() or f'exit code {done.returncode}'}")
        return done.stdout.strip()
