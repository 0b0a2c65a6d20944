import pytest

from gateway.core.decision import Answer
from gateway.core.errors import ConfigError
from gateway.policy.backtest.gate import Check, Limits, Verdict, checks, limit, verdict
from gateway.policy.backtest.protected import Protected
from gateway.policy.backtest.sums import Sums
from gateway.policy.compare import Change, Kind, not_compared

ALLOW, DENY = Answer.ALLOW, Answer.DENY


def _sums(same: int = 0, stopped: int = 0, released: int = 0, unknown: int = 0, differing: int = 0) -> Sums:
    sums = Sums()
    for number in range(same + stopped + released):
        sums.reproduction.add(["a.b"] if number < differing else [], (number, "x"))
    for count, change in (
        (same, Change("request", Kind.SAME, ALLOW, ALLOW)),
        (stopped, Change("request", Kind.STRICTER, ALLOW, DENY)),
        (released, Change("request", Kind.LOOSER, DENY, ALLOW)),
        (unknown, not_compared("request", Kind.UNKNOWN, ALLOW)),
    ):
        for _ in range(count):
            sums.exchanges.add(change)
    return sums


def _word(sums: Sums, cases: Protected | None = None, **limits: str) -> Verdict:
    return verdict(_found(sums, cases, **limits))


def _found(sums: Sums, cases: Protected | None = None, **limits: str) -> list[Check]:
    read = {name: limit(text) for name, text in limits.items()}
    asked = Limits(read.get("new_deny"), read.get("new_allow"), read.get("unknown"))
    return checks(sums, asked, cases)


@pytest.mark.parametrize(
    ("sums", "limits", "word"),
    [
        (_sums(1000), {}, "pass"),
        (_sums(1000), {"new_deny": "0.5%"}, "pass"),
        (_sums(100), {"new_deny": "0.5%"}, "inconclusive"),
        (_sums(900, stopped=100), {"new_deny": "0.5%"}, "fail"),
        (_sums(995, stopped=5), {"new_deny": "0.5%"}, "inconclusive"),
        (_sums(995, stopped=5), {"new_deny": "5"}, "pass"),
        (_sums(995, stopped=5), {"new_deny": "4"}, "fail"),
        (_sums(999, released=1), {"new_allow": "0"}, "fail"),
        (_sums(1000), {"new_allow": "0"}, "pass"),
        (_sums(90), {"new_allow": "0"}, "inconclusive"),
        (_sums(900, unknown=100), {"unknown": "1%"}, "fail"),
        (_sums(999, unknown=1), {"unknown": "1%"}, "pass"),
        (_sums(999, stopped=1, unknown=300), {"new_deny": "0", "unknown": "25%"}, "fail"),
        (_sums(0), {}, "inconclusive"),
        (_sums(1000, differing=1), {"new_deny": "1%"}, "pass"),
        (_sums(1000, differing=2), {"new_deny": "1%"}, "inconclusive"),
        (_sums(500, stopped=500, differing=2), {"new_deny": "1%"}, "inconclusive"),
    ],
)
def test_word(sums: Sums, limits: dict[str, str], word: str) -> None:
    assert _word(sums, None, **limits).value == word


def test_a_past_that_does_not_reproduce_says_which_rules() -> None:
    [check] = _found(_sums(1000, differing=2), new_deny="1%")
    assert "998 of 1000" in check.said
    assert "a.b" in check.said


def test_protected_cases() -> None:
    good: Protected = {"a": ()}
    bad: Protected = {"b": ("the answer is allow, not deny",)}
    assert _word(_sums(1000), good) is Verdict.PASS
    assert _word(_sums(1000), {**good, **bad}) is Verdict.FAIL
    assert _word(_sums(1000), {}) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("text", ["", "0.5", "-1", "101%", "-1%", "x%", "nan%", "²"])
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(ConfigError, match="limit"):
        limit(text)
