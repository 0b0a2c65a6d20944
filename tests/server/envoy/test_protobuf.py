"""The encoding agrees with the reference implementation, and refuses what is no message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.server.envoy.protobuf import Malformed, fields, message, messages, number, put, put_number

wrappers = pytest.importorskip("google.protobuf.wrappers_pb2")
types = pytest.importorskip("google.protobuf.type_pb2")

numbers = st.integers(0, 2**64 - 1)


@given(numbers)
def test_numbers_are_written_as_the_reference_writes_them(value: int) -> None:
    raw = wrappers.UInt64Value(value=value).SerializeToString()
    assert put_number(1, value) == raw
    assert number(raw, 1) == value


@given(st.binary(max_size=300))
def test_bytes_are_written_as_the_reference_writes_them(value: bytes) -> None:
    raw = wrappers.BytesValue(value=value).SerializeToString()
    assert message(raw, 1) == value
    assert put(1, value) == (raw or b"\n\x00")


@given(st.lists(st.text(max_size=5), max_size=4), st.integers(-(2**31), 2**31 - 1), st.floats(width=32))
def test_other_fields_are_stepped_over(oneofs: list[str], line: int, double: float) -> None:
    kind = types.Type(name="n", oneofs=oneofs, syntax=types.SYNTAX_PROTO3)
    raw = wrappers.DoubleValue(value=double).SerializeToString()
    raw += wrappers.Int32Value(value=line).SerializeToString() + kind.SerializeToString()
    assert [name.decode() for name in messages(raw, 3)] == oneofs
    assert message(raw, 1) == b"n" or double == 0
    assert number(raw, 6) == 1


@given(st.binary(max_size=40))
def test_any_bytes_are_fields_or_malformed(raw: bytes) -> None:
    try:
        found = list(fields(raw))
    except Malformed:
        return
    assert all(isinstance(value, int | bytes) for _, value in found)


@given(st.binary(min_size=1, max_size=50), st.data())
def test_what_is_cut_off_is_malformed(value: bytes, data: st.DataObject) -> None:
    raw = put(7, value)
    cut = data.draw(st.integers(1, len(raw) - 1))
    with pytest.raises(Malformed):
        list(fields(raw[:cut]))


@pytest.mark.parametrize("raw", [b"\x0b", b"\x0c", b"\x0e", b"\xff" * 11, b"\x09\x00", b"\x0d\x00"])
def test_what_is_no_field_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        list(fields(raw))
