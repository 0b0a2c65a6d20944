"""What can go wrong between the gateway and OPA."""

from typing import Literal

from gateway.core.errors import PolicyFault

Why = Literal[
    "unreachable", "timeout", "status", "garbage", "too_large", "no_revision", "evaluation", "invalid",
    "breaker_open", "overloaded",
]  # fmt: skip

SENTENCES: dict[Why, str] = {
    "unreachable": "OPA could not be reached",
    "timeout": "OPA did not answer in time",
    "status": "OPA answered with an HTTP error",
    "garbage": "OPA's answer is not one of OPA's",
    "too_large": "OPA's answer is too large",
    "no_revision": "OPA did not say which revision answered",
    "evaluation": "OPA could not evaluate the policy",
    "invalid": "OPA's answer is not what a policy may say",
    "breaker_open": "OPA failed before and is not asked for a while",
    "overloaded": "too many questions are waiting for OPA",
}

_OF_THE_POLICY: frozenset[Why] = frozenset({"evaluation", "invalid"})
_NOT_ASKED: frozenset[Why] = frozenset({"breaker_open", "overloaded"})


class OpaFault(PolicyFault):
    """OPA gave no usable answer. ``why`` is one of :data:`Why`; the message holds no content."""

    def __init__(self, why: Why, detail: str = "", *, revision: str = "") -> None:
        super().__init__(f"{SENTENCES[why]}: {detail}" if detail else SENTENCES[why], why=why)
        self.kind: Why = why
        self.revision = revision
        """The revision that OPA named before it failed; empty where it named none."""

    @property
    def sickness(self) -> bool:
        """Whether OPA itself is not well. What one caller's facts make fail must not stop the others."""
        return self.kind not in _OF_THE_POLICY | _NOT_ASKED
