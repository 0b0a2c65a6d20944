"""The sequencer: one thread in each process, of which one holds the log's lock and publishes.

The others retry the lock each interval, so a process that dies is replaced by the next.
"""

import fcntl
import os
import threading
import time
from pathlib import Path

from gateway.audit.files import Files
from gateway.audit.keys import Signer
from gateway.audit.layout import Layout
from gateway.audit.publisher import ForkError, Publisher
from gateway.core.errors import RecordFault

REFRESH = 60.0
"""Seconds after which a checkpoint is written again although nothing is new."""

_PATIENCE = 5.0
_POLL = 0.02


class Sequencer:
    """Publishes when it is this process's turn."""

    def __init__(self, layout: Layout, signer: Signer, files: Files, *, interval: float) -> None:
        self._layout = layout
        self._publisher = Publisher(layout, signer, files)
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-sequence", daemon=True)
        self._lock: int | None = None
        self._recovered = False
        self._refreshed = time.monotonic()
        self.fault = ""
        """Why publishing does not advance; empty while it does."""

        self.forked = False
        """True once the log was found altered: nothing may be recorded on top of it."""

    def start(self) -> None:
        """Recover if the lock is free, then publish in the background; raises RecordFault."""
        self._turn(publish=False)
        if self.fault:
            self._release()
            raise RecordFault(self.fault)
        self._thread.start()

    def close(self, last: Path | None) -> None:
        """Publish all that is there, or see that the lock's holder has taken segment *last*."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        deadline = time.monotonic() + _PATIENCE
        while not self._turn(publish=True) and last and last.exists():
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL)
        self._release()

    def _run(self) -> None:
        while not self._stop.wait(self._interval) and not self.forked:
            self._turn(publish=True)

    def _turn(self, *, publish: bool) -> bool:
        """Recover and publish if the lock is or becomes ours; True when it is."""
        try:
            if not self._acquire():
                return False
            if not self._recovered:
                self._publisher.recover()
                self._recovered = True
            while publish and self._publisher.advance():
                pass
            self._refresh()
        except ForkError as error:
            self.fault, self.forked = f"audit log {self._layout.root}: {error}", True
        except OSError as error:
            # Half a publication may be on disk: recover before the next one.
            self.fault, self._recovered = f"audit log {self._layout.root}: {error.strerror}", False
        except Exception as error:  # noqa: BLE001  a thread that died would say nothing
            self.fault, self._recovered = f"audit log {self._layout.root}: {error!r}", False
        else:
            self.fault = ""
        return True

    def _refresh(self) -> None:
        if time.monotonic() - self._refreshed > REFRESH:
            self._publisher.refresh()
            self._refreshed = time.monotonic()

    def _acquire(self) -> bool:
        if self._lock is not None:
            return True
        descriptor = os.open(self._layout.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
        self._lock = None
        self._recovered = False
