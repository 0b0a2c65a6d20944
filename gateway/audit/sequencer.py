"""The sequencer: one thread in each process, of which one leads and publishes.

The others ask for the lead each interval, so a process that dies is replaced by the next.
"""

import threading
import time

from gateway.audit.keys import Signer
from gateway.audit.publisher import Publisher
from gateway.audit.stores.base import ForkError, Store
from gateway.core.errors import RecordFault

REFRESH = 60.0
"""Seconds after which a checkpoint is written again although nothing is new."""

_PATIENCE = 5.0
_POLL = 0.02


class Sequencer:
    """Publishes when it is this process's turn."""

    def __init__(self, store: Store, signer: Signer, *, interval: float) -> None:
        self._store = store
        self._publisher = Publisher(store, signer)
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-sequence", daemon=True)
        self._recovered = False
        self._refreshed = time.monotonic()
        self.fault = ""
        """Why publishing does not advance; empty while it does."""

        self.forked = False
        """True once the log was found altered: nothing may be recorded on top of it."""

    def start(self) -> None:
        """Recover if nobody leads, then publish in the background; raises RecordFault."""
        self._turn(publish=False)
        if self.fault:
            self._release()
            raise RecordFault(self.fault)
        self._thread.start()

    def close(self, last: str) -> None:
        """Publish all that is there, or see that the one who leads has taken segment *last*."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        deadline = time.monotonic() + _PATIENCE
        while not self._turn(publish=True) and last and self._waits(last):
            if time.monotonic() > deadline:
                break
            time.sleep(_POLL)
        self._release()

    def _run(self) -> None:
        while not self._stop.wait(self._interval) and not self.forked:
            self._turn(publish=True)

    def _turn(self, *, publish: bool) -> bool:
        """Recover and publish if the lead is or becomes ours; True when it is."""
        try:
            if not self._store.lead():
                self.fault, self._recovered = "", False  # whoever leads publishes our records too
                return False
            if not self._recovered:
                self._publisher.recover()
                self._recovered = True
            while publish and self._publisher.advance():
                pass
            self._refresh()
        except ForkError as error:
            self.fault, self.forked = f"audit log {self._store.name}: {error}", True
        except OSError as error:
            # Half a publication may be on disk: recover before the next one.
            self.fault, self._recovered = f"audit log {self._store.name}: {error.strerror}", False
        except Exception as error:  # noqa: BLE001  a thread that died would say nothing
            self.fault, self._recovered = f"audit log {self._store.name}: {error!r}", False
        else:
            self.fault = ""
        return True

    def _refresh(self) -> None:
        if time.monotonic() - self._refreshed > REFRESH:
            self._publisher.refresh()
            self._refreshed = time.monotonic()

    def _waits(self, segment: str) -> bool:
        try:
            return self._store.unpublished(segment)
        except OSError:
            return True

    def _release(self) -> None:
        self._store.release()
        self._recovered = False
