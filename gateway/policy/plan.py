"""The plan: which checks a call gets, and how patiently, before anything of it is scanned."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from gateway.core.decision import FailMode, Phase
from gateway.core.errors import PolicyFault
from gateway.core.exchange import StreamMode
from gateway.policy.language import PLAN_CHOICES, PLAN_SETS

Annotation = Literal["none", "lictor", "azure", "both"]
UnknownMode = Literal["deny", "pass_unscanned"]
MAX_DEADLINE_MS = 600_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run. Every default is the strict one."""

    detectors: tuple[str, ...]
    """Detectors for the request, sorted."""

    response_detectors: tuple[str, ...]
    """Detectors for the response, sorted."""

    stream: StreamMode = "window"
    deadline_ms: int = 2000
    """How long the detectors of one phase may take."""

    fail: FailMode = "closed"
    """What a planned check that did not finish means."""

    unknown_part: UnknownMode = "deny"
    """What a content part of unknown type means."""

    unknown_endpoint: UnknownMode = "deny"
    """What an endpoint without a codec means."""

    annotate: Annotation = "none"
    """What is said about the checks in an answer that passes: nothing, a field of our own, Azure's."""

    record_content: bool = False
    """Whether content may enter the content vault."""

    installed: tuple[str, ...] = field(default=(), compare=False)
    """The detectors that there were to choose from; for the record."""

    def of(self, phase: Phase) -> tuple[str, ...]:
        """The detectors of a phase."""
        return self.detectors if phase == "request" else self.response_detectors


def plan_from(answer: Mapping[str, object], installed: tuple[str, ...]) -> Plan:
    """The plan that the rules of ``lictor.plan`` describe; what they leave out keeps its default.

    Without a rule for detectors all ``installed`` ones run. A detector that is not installed stays in the
    plan: its check cannot finish, which the plan's ``fail`` then judges.
    """
    lists = {key: _detectors(key, answer[key]) for key in PLAN_SETS & answer.keys()}
    scalars = {key: _scalar(key, value) for key, value in answer.items() if key not in PLAN_SETS}
    everything = tuple(sorted(installed))
    return Plan(
        detectors=lists.get("detectors", everything),
        response_detectors=lists.get("response_detectors", everything),
        stream=cast("StreamMode", scalars.get("stream", "window")),
        deadline_ms=cast("int", scalars.get("deadline_ms", 2000)),
        fail=cast("FailMode", scalars.get("fail", "closed")),
        unknown_part=cast("UnknownMode", scalars.get("unknown_part", "deny")),
        unknown_endpoint=cast("UnknownMode", scalars.get("unknown_endpoint", "deny")),
        annotate=cast("Annotation", scalars.get("annotate", "none")),
        record_content=cast("bool", scalars.get("record_content", False)),
        installed=installed,
    )


def _detectors(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise PolicyFault(f"`{key}` of the plan must be a set of detector ids")
    return tuple(sorted(set(value)))


def _scalar(key: str, value: object) -> object:
    if complaint := wrong_value(key, value):
        raise PolicyFault(f"`{key}` of the plan {complaint}")
    return value


def wrong_value(key: str, value: object) -> str:
    """What is wrong with a scalar of the plan, or an empty string."""
    if key in PLAN_CHOICES:
        known = isinstance(value, str) and value in PLAN_CHOICES[key]
        return "" if known else f"must be one of {', '.join(sorted(PLAN_CHOICES[key]))}"
    if key == "record_content":
        return "" if isinstance(value, bool) else "must be true or false"
    whole = isinstance(value, int) and not isinstance(value, bool)
    in_range = whole and 0 < cast("int", value) <= MAX_DEADLINE_MS
    return "" if in_range else f"must be a whole number from 1 to {MAX_DEADLINE_MS}"
