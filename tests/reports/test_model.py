"""The model: no claim without a record, nothing hidden in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.model import Claim, Ref, Row, Support, Table, plain, sealed
from reports.text import CAP, day, moment, short, shown


@pytest.mark.parametrize("status", ["supports", "partial"])
def test_a_claim_without_a_record_cannot_be_made(status: str) -> None:
    with pytest.raises(ValueError, match="rests on no record"):
        Claim("c", "text", status)  # type: ignore[arg-type]


def test_plain_is_what_json_knows() -> None:
    claim = Claim("c", "t", "supports", support=Support(1, (Ref(3, "ab"),), "cd"))
    assert plain(claim) == {
        "id": "c",
        "text": "t",
        "status": "supports",
        "why": "",
        "control": "",
        "support": {"count": 1, "refs": [{"index": 3, "leaf": "ab"}], "digest": "cd"},
    }


def test_sealing_reaches_every_text() -> None:
    table = Table("a\x00b", ("c\u202ed",), (Row(("e\u200bf", 7)),), "n")
    assert sealed(table) == Table("a\ufffdb", ("c\ufffdd",), (Row(("e\ufffdf", 7)),), "n")


@given(st.text(st.characters(codec=None, categories=None)))
def test_shown_text_can_be_encoded_and_hides_nothing(text: str) -> None:
    found = shown(text)
    found.encode()
    assert len(found) <= CAP
    assert not set(found) & set("\x00\x07\x1b\u200b\u202e\u2066\ufeff\u2028")
    assert shown(found) == found


def test_times_are_utc_and_exact() -> None:
    assert moment(1_790_000_000_007) == "2026-09-21T14:13:20.007Z"
    assert moment(0) == ""
    assert moment(10**18) == f"{10**18} ms"
    assert day(1_790_000_000_007) == "2026-09-21"
    assert [day(at) for at in (0, 1, 86_399_999, 86_400_000)] == ["1970-01-01"] * 3 + ["1970-01-02"]
    assert short("sha256:" + "ab" * 32, 4) == "abab"
