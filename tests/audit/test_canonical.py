"""One record, one byte string; nothing is lost."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.canonical import LIMIT, decode, encode

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
scalars = texts | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans()
keys = st.text(st.characters(codec="ascii"), max_size=12)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5)
)
records = st.dictionaries(keys, values, max_size=8)


@given(records)
def test_the_bytes_are_those_of_the_standard_library(record: dict[str, Any]) -> None:
    expected = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert encode(record) == expected
    assert decode(expected) == record


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": 1}', b'{"b":1,"a":1}', b'{"a":1,"a":1}', b'{"a":1.5}', b'{"a":1e3}', b'{"a":null}',
        b'{"a":01}', b'{"a":[1,{"b":-0.5}]}', b'{"a":9007199254740992}', b'{"a":99999999999999999999}',
        b"[1]", b"1", b"", b"{",
        '{"é":1}'.encode(), b'{"a":"\\u0041"}', b'{"a":"\\/"}', b'{"a":"\xff"}', b'{"a":"\\\\","b":null}',
    ],
)  # fmt: skip
def test_other_spellings_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        decode(data)


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (0.5, "0.5"), (math.nan, "nan"),
        (2**60, str(2**60)), (2**80, str(2**80)), ("\ud800", "\\ud800"), ((1, 2), [1, 2]), ([None, 1], [1]),
    ],
)  # fmt: skip
def test_what_has_no_canonical_form_is_spelled(value: object, spelled: object) -> None:
    data = encode({"value": value, "poison": 2**80, "none": None})
    assert decode(data) == {"value": spelled, "poison": str(2**80)}


def test_floats_alone_are_spelled_too() -> None:
    assert decode(encode({"score": 0.5})) == {"score": "0.5"}


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError):
        encode({"value": object()})


def test_long_lists_lose_their_tails_and_say_so() -> None:
    record = {"type": "decision", "decision": {"verdicts": ["v" * 50] * 100}, "segments": ["s" * 50] * 1000}
    kept = decode(encode(record))
    assert len(encode(record)) <= LIMIT
    assert kept["type"] == "decision"
    dropped = kept["truncated"]
    assert dropped["segments"] + len(kept["segments"]) == 1000
    assert dropped.get("decision.verdicts", 0) + len(kept["decision"]["verdicts"]) == 100


def test_without_lists_the_short_scalars_stay() -> None:
    kept = decode(encode({"type": "odd", "seq": 4, "text": "x" * 2 * LIMIT, "more": {"a": "y" * LIMIT}}))
    assert (kept["type"], kept["seq"], kept["truncated"]) == ("odd", 4, {"record": 1})


@given(
    st.dictionaries(
        keys, texts.map(lambda text: [text] * 400) | texts.map(lambda text: text * 500), max_size=30
    )
)
def test_any_record_fits(record: dict[str, Any]) -> None:
    data = encode(record)
    assert len(data) <= LIMIT
    decode(data)


def test_the_vector_of_the_specification() -> None:
    assert encode({"b": [True, 1], "a": "é\n"}) == '{"a":"é\\n","b":[true,1]}'.encode()
    assert len(encode({"b": [True, 1], "a": "é\n"})) == 25
