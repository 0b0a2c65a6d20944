"""A folder elsewhere, best on another machine's disk, into which checkpoints are copied."""

import re
from pathlib import Path

from gateway.audit.anchors.anchor import AnchorFault, Evidence, Subject
from gateway.audit.files import Files, publish


class Directory:
    """Writes ``<folder>/<origin>/<size>.note``, durably, and never over another checkpoint."""

    kind = "directory"

    def __init__(self, name: str, folder: Path, files: Files | None = None) -> None:
        self.name = name
        self._folder = folder
        self._files = files or Files()

    def attest(self, subject: Subject) -> Evidence:
        """Copy the checkpoint. Raises AnchorFault: the disk fails, or a different one is there."""
        self.write(subject)
        return Evidence()

    def write(self, subject: Subject) -> Path:
        """As :meth:`attest`; returns the file."""
        path = self._path(subject)
        try:
            if not path.exists():
                publish(self._files, {path: subject.signed.encode()})
            elif path.read_text("utf-8") != subject.signed:
                raise AnchorFault(f"{path} holds another checkpoint of this size: the log was forked")
        except OSError as error:
            raise AnchorFault(f"{path}: {error.strerror or error}") from error
        return path

    def _path(self, subject: Subject) -> Path:
        checkpoint = subject.checkpoint
        origin = re.sub(r"[^\w.-]", "_", checkpoint.origin, flags=re.ASCII).lstrip(".") or "_"
        return self._folder / origin / f"{checkpoint.size:015d}.note"
