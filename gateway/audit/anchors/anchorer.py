"""The anchorer: beside the log, in a thread of its own, so that no record ever waits for it.

Of all processes that share a log, the one that holds ``anchors/lock`` anchors. It only reads what is
published. What fails stays due and is tried again, with growing pauses and the newest checkpoint,
which vouches for everything before it; its fault is in the state until it succeeds.
"""

import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.audit.anchors.anchor import Anchor, AnchorFault, Evidence, Subject
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.files import Files, publish
from gateway.audit.layout import Layout
from gateway.audit.note import split_note, split_signature
from gateway.audit.stores.base import CHECKPOINT, Source
from gateway.audit.stores.files import FileStore
from gateway.audit.tiles import Tiles

_POLL = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0
"""Seconds between attempts after a failure."""


@dataclass(slots=True)
class Job:
    """One anchor, and how it fares."""

    anchor: Anchor
    every: float
    """Seconds between checkpoints that are anchored, while the log grows."""

    size: int = -1
    """Size of the last checkpoint that it attested; -1 before the first."""

    at_ms: int = 0
    """When, in milliseconds since the Unix epoch."""

    fault: str = ""
    """Why the last attempt failed."""

    failures: int = 0
    """Attempts in a row that failed."""

    tried: float = float("-inf")

    def rested(self, now: float) -> bool:
        """True when a failure is long enough ago."""
        pause = min(_FIRST_PAUSE * 2 ** min(self.failures - 1, 10), _LONGEST_PAUSE, self.every)
        return not self.fault or now - self.tried >= pause

    def due(self, size: int, now: float) -> bool:
        """True when there is something to anchor, and time to."""
        return size != self.size and (self.rested(now) if self.fault else now - self.tried >= self.every)

    @property
    def state(self) -> dict[str, Any]:
        """For people and metrics."""
        told = {"name": self.anchor.name, "kind": self.anchor.kind, "size": self.size, "at_ms": self.at_ms}
        return told | ({"fault": self.fault, "failures": self.failures} if self.fault else {})


class Anchorer:
    """Anchors one log's checkpoints."""

    def __init__(  # noqa: PLR0913
        self,
        layout: Layout,
        jobs: Sequence[Job],
        *,
        policy: str,
        source: Source | None = None,
        files: Files | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """With the log in *source*, or else in *layout*.

        *layout* is local: what anchors bring back goes there, and *policy*, the log's trust policy.
        """
        self._layout = layout
        self._source = source or FileStore(layout)
        self._jobs = jobs
        self._policy = policy
        self._files = files or Files()
        self._clock = clock
        self._lock: int | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-anchor", daemon=True)
        self.fault = ""
        """Why nothing can be anchored at all, such as a disk that fails."""

    def start(self) -> None:
        """Publish the policy, then anchor in the background. Never raises, and waits for nobody."""
        with self._noting():
            self._acquire()
        if self._jobs:
            self._thread.start()

    def close(self) -> None:
        """Anchor what is new once more, where the last attempt did not fail, and stop."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
            self.turn(final=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def state(self) -> list[dict[str, Any]]:
        """How each anchor fares, whichever process anchors."""
        if self.fault:
            return [{"name": "anchors", "kind": "", "fault": self.fault}]
        with suppress(OSError, ValueError):
            return list(json.loads(self._state.read_text("utf-8")))
        return [job.state for job in self._jobs]

    @property
    def _state(self) -> Path:
        return self._layout.anchors / "state.json"

    def _run(self) -> None:
        while not self._stop.wait(_POLL):
            self.turn()

    def turn(self, *, final: bool = False) -> None:
        """Anchor what is due, if it is this process's turn; when *final*, all that has no fault."""
        with self._noting():
            if self._acquire():
                self._round(final=final)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
            self.fault = ""
        except Exception as error:  # noqa: BLE001  a thread that died would say nothing
            self.fault = f"anchors: {getattr(error, 'strerror', None) or error!r}"

    def _round(self, *, final: bool) -> None:
        published = self._source.fetch(CHECKPOINT)
        if published is None:
            return
        signed = published.decode()
        size = Checkpoint.parse_unverified(signed).size
        subject = Subject(signed, Tiles(self._source.fetch, size).span)
        chosen = self._chosen(subject.checkpoint.size, final=final)
        for job in chosen:
            self._attempt(job, subject)
        if chosen:
            states = [job.state for job in self._jobs]
            publish(self._files, {self._state: json.dumps(states, indent=2).encode()})

    def _chosen(self, size: int, *, final: bool) -> list[Job]:
        """Jobs that are due; of their kinds also those that are not, so that one checkpoint gets
        the signatures of all witnesses."""
        now = self._clock()
        behind = [job for job in self._jobs if job.size != size]
        if final:
            return [job for job in behind if not job.fault]
        kinds = {job.anchor.kind for job in behind if job.due(size, now)}
        return [job for job in behind if job.anchor.kind in kinds and job.rested(now)]

    def _attempt(self, job: Job, subject: Subject) -> None:
        job.tried = self._clock()
        try:
            self._keep(subject, job.anchor.attest(subject))
        except Exception as error:  # noqa: BLE001  whatever ails one must not stop the others
            known = isinstance(error, AnchorFault | OSError | ValueError)
            job.fault, job.failures = str(error) if known else repr(error), job.failures + 1
        else:
            job.fault, job.failures = "", 0
            job.size, job.at_ms = subject.checkpoint.size, time.time_ns() // 1_000_000

    def _keep(self, subject: Subject, evidence: Evidence) -> None:
        """Put the evidence beside the log."""
        size = subject.checkpoint.size
        note = self._layout.anchors / f"{size:015d}.note"
        contents = {note.with_suffix(f".{suffix}"): data for suffix, data in evidence.files.items()}
        if contents or evidence.signatures:
            contents[note] = _merged(note, subject, evidence.signatures).encode()
            publish(self._files, contents)

    def _acquire(self) -> bool:
        if self._lock is not None:
            return True
        self._layout.anchors.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._layout.anchors / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        publish(self._files, {self._layout.policy: self._policy.encode()})
        return True


def _merged(note: Path, subject: Subject, signatures: Iterable[str]) -> str:
    """The checkpoint with these signatures and those that it has there already, one a key.

    Of two by one key the earlier stays. Raises AnchorFault when another tree is attested there.
    """
    text, found = split_note(note.read_text("utf-8")) if note.exists() else (subject.text, [])
    if text != subject.text:
        raise AnchorFault(f"{note} is another checkpoint of this size: the log was forked")
    lines = [*split_note(subject.signed)[1], *found, *map(split_signature, signatures)]
    kept = {(one.name, one.key_id): one.line for one in reversed(lines)}
    return f"{subject.text}\n" + "".join(f"{line}\n" for line in reversed(kept.values()))
