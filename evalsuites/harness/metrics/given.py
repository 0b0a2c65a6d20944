"""Scores that came with an answer: what another tool thought of it."""

from evalsuites.harness.metrics.base import Unmeasured
from evalsuites.harness.result import Score
from evalsuites.harness.suite import Case
from evalsuites.harness.target.answer import Answer

GIVEN = "lictor:given"
"""The member of an answer that such scores are in. No provider has it."""


def given(case: Case, answer: Answer, *, score: str) -> Score:  # noqa: ARG001 - no case needed
    """The score of that name, as the tool that answers were imported from gave it."""
    told = answer.body.get(GIVEN) or {}
    reason = str(told.get("reasons", {}).get(score, ""))
    if score not in told.get("scores", {}):
        raise Unmeasured(reason or f"no score `{score}` was given")
    value = float(told["scores"][score])
    return Score(value, (reason or "the score that was given") if value < 1 else "")
