"""Strict JSON: each property that two parsers could disagree about."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import CallerError
from gateway.wire.strict import MAX_DEPTH, parse, parse_object

REFUSED = [
    (b"", "empty_body"),
    (b" \r\n", "empty_body"),
    (b"\xef\xbb\xbf{}", "byte_order_mark"),
    (b'{"a":1,"a":2}', "duplicate_key"),
    (b'{"a":1,"\\u0061":2}', "duplicate_key"),
    (b'{"\\u00e9":1,"\xc3\xa9":2}', "duplicate_key"),
    (b'{"a":[{"b":1,"b":1}]}', "duplicate_key"),
    (b'{"a":"\xff"}', "invalid_utf8"),
    (b'{"a":"\xed\xa0\x80"}', "invalid_utf8"),
    (b'{"a":"\xc0\xaf"}', "invalid_utf8"),
    (b'{"\xff":1}', "invalid_utf8"),
    (b'{"a":"\\ud83d"}', "lone_surrogate"),
    (b'{"a":"\\ude00\\ud83d"}', "lone_surrogate"),
    (b'{"a":"\\ud83d\\u0041"}', "lone_surrogate"),
    (b'{"a\\ud83d":1}', "lone_surrogate"),
    (b'{"a":1e999}', "number_out_of_range"),
    (b"[-1e999]", "number_out_of_range"),
    (b"[" + b"1" * 5000 + b"]", "number_out_of_range"),
    (b'{"a":NaN}', "malformed_json"),
    (b'{"a":Infinity}', "malformed_json"),
    (b'{"a":-Infinity}', "malformed_json"),
    (b"{} x", "malformed_json"),
    (b"{}\x00", "malformed_json"),
    (b"{}{}", "malformed_json"),
    (b"\xff\xfe{\x00}\x00", "malformed_json"),
    (b'{"a":01}', "malformed_json"),
    (b'{"a":+1}', "malformed_json"),
    (b'{"a":1.}', "malformed_json"),
    (b'{"a":1,}', "malformed_json"),
    (b"[1,]", "malformed_json"),
    (b"{'a':1}", "malformed_json"),
    (b"// no\n{}", "malformed_json"),
    (b'{"a":"\t"}', "malformed_json"),
    (b'{"a":"\\x41"}', "malformed_json"),
    (b'{"a":"b', "malformed_json"),
    (b"\x0c{}", "malformed_json"),
    (b"[" * 10_000 + b"]" * 10_000, "too_deep"),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "too_deep"),
    (b"[" * 10_000, "too_deep"),
    (b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2), "too_deep"),
]


@pytest.mark.parametrize(("raw", "code"), REFUSED, ids=lambda value: str(value)[:40])
def test_refuses_what_two_parsers_could_read_differently(raw: bytes, code: str) -> None:
    with pytest.raises(CallerError) as refused:
        parse(raw)
    assert (refused.value.status, refused.value.code, refused.value.param) == (400, code, None)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"true", True),
        (b" [1, 2.5e3] \n", [1, 2500.0]),
        (b'"\\ud83d\\ude00\\u0000"', "\U0001f600\x00"),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    ],
)
def test_reads_what_is_json(raw: bytes, value: object) -> None:
    assert parse(raw) == (json.loads(raw) if value is None else value)


def test_says_where_and_repeats_nothing() -> None:
    with pytest.raises(CallerError) as refused:
        parse(b'{\n "secret":1,\n "secret":2}')
    assert refused.value.message == "an object has the same key twice (line 3, column 11)"


def test_an_object_is_asked_for() -> None:
    assert parse_object(b'{"a":1}') == {"a": 1}
    with pytest.raises(CallerError) as refused:
        parse_object(b"[]")
    assert refused.value.code == "invalid_type"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_agrees_with_the_standard_library(value: object, ascii_only: bool) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert parse(raw) == json.loads(raw)
