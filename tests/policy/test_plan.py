import pytest

from gateway.core.errors import PolicyFault
from gateway.policy.plan import Plan, plan_from


def test_defaults_are_strict() -> None:
    assert plan_from({}, ("b", "a")) == Plan(
        ("a", "b"), ("a", "b"), stream="window", deadline_ms=2000, fail="closed",
        unknown_part="deny", unknown_endpoint="deny", record_content=False,
    )  # fmt: skip


def test_rules_override() -> None:
    answer = {
        "detectors": ["x", "x"],
        "response_detectors": [],
        "stream": "buffer",
        "deadline_ms": 50,
        "fail": "open",
        "unknown_part": "pass_unscanned",
        "record_content": True,
        "annotate": "both",
    }
    plan = plan_from(answer, ("a",))
    assert (plan.of("request"), plan.of("response")) == (("x",), ())
    assert (plan.stream, plan.deadline_ms, plan.fail) == ("buffer", 50, "open")
    assert plan.annotate == "both"
    assert (plan.unknown_part, plan.record_content) == ("pass_unscanned", True)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("detectors", "patterns"),
        ("detectors", [1]),
        ("detectors", [""]),
        ("stream", "sometimes"),
        ("stream", ["buffer"]),
        ("deadline_ms", 0),
        ("deadline_ms", True),
        ("deadline_ms", 1.5),
        ("deadline_ms", 10**9),
        ("fail", None),
        ("annotate", "google"),
        ("unknown_endpoint", "allow"),
        ("record_content", 1),
    ],
)
def test_wrong_values_are_faults(key: str, value: object) -> None:
    with pytest.raises(PolicyFault, match=f"`{key}` of the plan"):
        plan_from({key: value}, ("a",))
