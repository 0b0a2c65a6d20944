"""Lookalikes: of the same make, somebody else's or nobody's, the same every time."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from gateway.flow.lookalike import lookalike


def seal(purpose: str, parts: Sequence[str]) -> bytes:
    return hashlib.sha256(repr((purpose, *parts)).encode()).digest()


def make(text: str) -> list[tuple[bool, bool] | str]:
    """What a system that checks a value's shape sees of it."""
    return [
        (character.isalpha(), character.isupper()) if character.isalnum() else character for character in text
    ]


@given(st.text(max_size=40))
def test_it_has_the_make_of_the_value_and_is_another(value: str) -> None:
    made = lookalike(seal, "acme", "id", value)
    if made is None:
        assert not any(map(str.isalnum, value))
        return
    assert made != value
    assert make(made) == make(value)
    assert made == lookalike(seal, "acme", "id", value)


def test_tenants_and_labels_have_their_own() -> None:
    value = "jane.doe@example.com"
    made = {lookalike(seal, *about, value) for about in (("a", "email"), ("b", "email"), ("a", "name"))}
    assert len(made) == 3


@pytest.mark.parametrize("number", range(200))
def test_a_card_number_is_nobodys(number: int) -> None:
    made = lookalike(seal, "acme", "card", f"4111 1111 1111 {number:04}")
    assert made is not None
    assert not luhn.is_valid(made.replace(" ", ""))
