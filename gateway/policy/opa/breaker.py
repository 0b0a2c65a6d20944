"""The circuit breaker: whether OPA is asked at all.

*closed*: every question goes through; ``failures`` in a row open it. *open*: none does, for ``cooldown_s``.
*half_open*: one question goes through and the others wait for what becomes of it: an answer closes the
breaker, a failure opens it again. What was asked before the state last changed no longer counts: it tells of
an OPA that was.
"""

import threading
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half_open"]
Ticket = int
"""Names the state in which a question was let through."""


class Breaker:
    """Safe to use from several threads. ``clock`` counts seconds and never goes back."""

    def __init__(
        self,
        *,
        failures: int,
        cooldown_s: float,
        clock: Callable[[], float],
        changed: Callable[[State], None] = lambda _: None,
    ) -> None:
        self._most = failures
        self._cooldown_s = cooldown_s
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._state: State = "closed"
        self._era: Ticket = 0
        self._failed = 0
        self._until = 0.0

    @property
    def state(self) -> State:
        """The state now."""
        return self._state

    def admit(self) -> Ticket | None:
        """A ticket for one question, which must be settled; None where none may be asked."""
        with self._lock:
            if self._state == "closed":
                return self._era
            if self._clock() < self._until:
                return None
            # The next one in line is let through only if this one never comes back.
            self._until = self._clock() + self._cooldown_s
            if self._state == "open":
                self._become("half_open")
            return self._era

    def settle(self, ticket: Ticket, *, well: bool) -> None:
        """Say what became of a question."""
        with self._lock:
            if ticket != self._era:
                return
            if well:
                self._failed = 0
                if self._state == "half_open":
                    self._become("closed")
                return
            self._failed += 1
            if self._state == "half_open" or self._failed >= self._most:
                self._until = self._clock() + self._cooldown_s
                self._become("open")

    def _become(self, state: State) -> None:
        self._state, self._failed = state, 0
        self._era += 1
        self._changed(state)
