"""The circuit breaker against what it says of itself."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.policy.opa.breaker import Breaker, State

FAILURES = 3
COOLDOWN_S = 10.0


class BreakerMachine(RuleBasedStateMachine):
    """Questions that come, go and stay out, in any order, while time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.told: list[State] = []
        self.breaker = Breaker(
            failures=FAILURES, cooldown_s=COOLDOWN_S, clock=lambda: self.now, changed=self.told.append
        )
        self.out: list[tuple[int, int]] = []
        """Tickets that are not settled, each with how many changes there had been."""

        self.in_a_row = 0
        self.opened = 0.0
        self.probed = -COOLDOWN_S

    @property
    def state(self) -> State:
        return self.told[-1] if self.told else "closed"

    @rule(seconds=st.floats(0, 15))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def asks(self) -> None:
        before, since = self.state, self.now - self.opened
        ticket = self.breaker.admit()
        if before == "closed":
            assert ticket is not None
        elif before == "open":
            assert (ticket is not None) == (since >= COOLDOWN_S)
            assert self.state == ("half_open" if ticket is not None else "open")
        else:
            assert (ticket is not None) == (self.now - self.probed >= COOLDOWN_S)
        if ticket is not None:
            self.out.append((ticket, len(self.told)))
            if before != "closed":
                self.probed = self.now

    @precondition(lambda self: self.out)
    @rule(data=st.data(), well=st.booleans())
    def is_answered(self, data: st.DataObject, *, well: bool) -> None:
        ticket, age = self.out.pop(data.draw(st.integers(0, len(self.out) - 1)))
        before, changes = self.state, len(self.told)
        self.breaker.settle(ticket, well=well)
        if age != changes:
            assert len(self.told) == changes, "an old answer changed the state"
        elif before == "half_open":
            assert self.state == ("closed" if well else "open")
        elif before == "closed":
            self.in_a_row = 0 if well else self.in_a_row + 1
            assert self.state == ("open" if self.in_a_row == FAILURES else "closed")
        if len(self.told) != changes:
            self.in_a_row, self.opened = 0, self.now

    @invariant()
    def says_what_it_told(self) -> None:
        assert self.breaker.state == self.state


TestBreaker = BreakerMachine.TestCase
