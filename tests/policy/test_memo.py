"""What came before is answered from memory, and nothing else is."""

import pytest

from gateway.policy.memo import Memo


def _never() -> int:
    raise AssertionError("asked again")


def test_an_answer_is_made_once() -> None:
    memo = Memo[int]()
    assert memo.get(b"a", lambda: 1) == 1
    assert memo.get(b"a", _never) == 1
    assert memo.get(b"b", lambda: 2) == 2


def test_what_was_not_asked_for_longest_goes_first() -> None:
    memo = Memo[int]()
    for number in range(memo.KEEP):
        memo.get(b"%d" % number, lambda number=number: number)  # type: ignore[misc]
    memo.get(b"0", _never)
    memo.get(b"new", lambda: -1)
    assert memo.get(b"0", _never) == 0
    assert memo.get(b"1", lambda: -2) == -2


def test_large_questions_are_asked_each_time() -> None:
    memo, large = Memo[int](), b"x" * (Memo.KEY_BYTES + 1)
    assert [memo.get(large, lambda: 1), memo.get(large, lambda: 2)] == [1, 2]


def test_a_failure_is_not_remembered() -> None:
    memo = Memo[int]()
    with pytest.raises(AssertionError):
        memo.get(b"a", _never)
    assert memo.get(b"a", lambda: 1) == 1
