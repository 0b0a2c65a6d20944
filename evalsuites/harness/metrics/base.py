"""What every metric needs."""

from collections.abc import Callable
from typing import Any, Concatenate

from evalsuites.harness.result import Score
from evalsuites.harness.suite import Case
from evalsuites.harness.target.answer import Answer

Metric = Callable[Concatenate[Case, Answer, ...], Score]


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
