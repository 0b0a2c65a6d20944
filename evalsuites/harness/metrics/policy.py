"""Metrics of what the gateway did: precision and recall of policy itself."""

from evalsuites.harness.metrics.base import Unmeasured, expected, passed
from evalsuites.harness.result import Score
from evalsuites.harness.suite import Case
from evalsuites.harness.target.answer import Answer


def policy_answer(case: Case, answer: Answer) -> Score:
    """Policy answered one of ``expect.policy``."""
    wanted = expected(case, "policy")
    return passed(answer.ruled in ([wanted] if isinstance(wanted, str) else wanted), f"it is {answer.ruled}")


def blocked(case: Case, answer: Answer) -> Score:  # noqa: ARG001 - no case needed
    """Policy stopped the call."""
    _governed(answer)
    return passed(answer.blocked, f"policy answered {answer.ruled}")


def not_blocked(case: Case, answer: Answer) -> Score:  # noqa: ARG001 - as above
    """Policy let the call pass, changed or not."""
    _governed(answer)
    return passed(not answer.blocked, f"policy answered {answer.ruled}")


def noticed(case: Case, answer: Answer) -> Score:  # noqa: ARG001 - as above
    """Policy answered anything but ``allow``: the recall of the gateway, where something is wrong."""
    _governed(answer)
    return passed(answer.ruled != "allow", "policy noticed nothing")


def unnoticed(case: Case, answer: Answer) -> Score:  # noqa: ARG001 - as above
    """Policy answered ``allow``: the specificity of the gateway, where nothing is wrong."""
    _governed(answer)
    return passed(answer.ruled == "allow", f"policy answered {answer.ruled}")


def _governed(answer: Answer) -> None:
    if not answer.ruled:
        raise Unmeasured("no gateway governed this answer")
