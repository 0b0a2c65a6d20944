"""What every metric needs."""

from collections.abc import Callable, Mapping
from typing import Any, Concatenate, Protocol

from evalsuites.harness.result import Score
from evalsuites.harness.suite import Case
from evalsuites.harness.target.answer import Answer

Metric = Callable[Concatenate[Case, Answer, ...], Score]

"""A metric that names ``ask`` among its keywords is handed an :class:`Ask`."""


class Ask(Protocol):
    """Asks a judge on behalf of a metric: through a gateway, recorded and paid like any other call."""

    def __call__(self, path: str, body: Mapping[str, Any], timeout_s: float | None = None, /) -> Answer:
        """Ask once; within the run's time for an answer, or less.

        Raises:
            Unmeasured: the budget is spent.
            TimeoutError: no answer in time.
            OSError: nobody is there.
        """


class Unmeasured(Exception):
    """The metric has nothing to say of this answer; says why."""


def passed(holds: bool, reason: str = "") -> Score:  # noqa: FBT001 - it is the only thing said
    """A score that passes or fails; the reason is told where it fails."""
    return Score(float(holds), "" if holds else reason)


def expected(case: Case, name: str) -> Any:  # noqa: ANN401 - cases are data
    """What the case expects under a name.

    Raises:
        Unmeasured: it does not say.
    """
    if name not in case.expect:
        raise Unmeasured(f"the case does not say `{name}`")
    return case.expect[name]
