"""JSON arrays that come in pieces: any chunking, every byte kept."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.wire.json_array import Parser, parse

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('{}[]",\\ aé😀', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('"}]a', max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
ARRAYS = st.tuples(
    st.lists(VALUES, max_size=5), st.sampled_from([None, 2]), st.booleans(), st.sampled_from(["", "\r\n"])
).map(lambda given: json.dumps(given[0], indent=given[1], ensure_ascii=given[2]).encode() + given[3].encode())
# What a broken upstream may send.
WRECKS = st.lists(
    st.sampled_from(
        [b"[", b"]", b"{", b"}", b",", b'"', b"\\", b" ", b"\r\n", b"1", b"\xff", b'{"a":1}', b"null"]
    ),
    max_size=20,
).map(b"".join)


def chunked(raw: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(raw) + 1) for cut in cuts), len(raw)]
    return [raw[start:end] for start, end in pairwise(edges)]


@given(ARRAYS | WRECKS, st.lists(st.integers(0, 300)))
@example(b'["\\\\"]', [3])
@example(b'["\\""]', [3])
def test_chunking_changes_nothing_and_no_byte_is_lost(raw: bytes, cuts: list[int]) -> None:
    parser = Parser()
    frames = [frame for chunk in chunked(raw, cuts) for frame in parser.feed(chunk)]
    frames += parser.close()
    assert frames == parse(raw)
    assert b"".join(frame.raw for frame in frames) == raw


@given(ARRAYS | WRECKS)
def test_byte_by_byte(raw: bytes) -> None:
    parser = Parser()
    frames = [frame for index in range(len(raw)) for frame in parser.feed(raw[index : index + 1])]
    assert frames + parser.close() == parse(raw)


@given(ARRAYS)
def test_a_frame_is_an_element(raw: bytes) -> None:
    frames = parse(raw)
    assert [json.loads(frame.data) for frame in frames if frame.data] == json.loads(raw)
    assert all(frame.terminated for frame in frames)


@given(ARRAYS, st.integers(0, 5), VALUES)
def test_another_element_in_the_place_of_one(raw: bytes, index: int, value: object) -> None:
    elements, frames = json.loads(raw), parse(raw)
    if index < len(elements):
        elements[index] = value
        changed = [
            frame.with_data(json.dumps(value)) if at == index else frame.raw
            for at, frame in enumerate(frames)
        ]
        assert json.loads(b"".join(changed)) == elements


def test_an_element_is_there_as_soon_as_it_has_come() -> None:
    parser = Parser()
    assert [frame.raw for frame in parser.feed(b'[{"a": "]"}')] == [b'[{"a": "]"}']
    assert [frame.raw for frame in parser.feed(b'\r\n,\r\n{"b": [1]}')] == [b'\r\n,\r\n{"b": [1]}']
    assert [(frame.raw, frame.data) for frame in parser.feed(b"\r\n]\r\n")] == [(b"\r\n]", "")]
    assert [(frame.raw, frame.data) for frame in parser.close()] == [(b"\r\n", "")]


@pytest.mark.parametrize("raw", [b'{"error": {"code": 500}}', b"<html>[1]</html>", b'"[1]"', b"1"])
def test_what_is_no_array_comes_whole(raw: bytes) -> None:
    (frame,) = parse(raw + b"\n")
    assert (frame.raw, frame.data) == (raw + b"\n", raw.decode())


def test_an_array_that_breaks_off_shows_it() -> None:
    (first, rest) = parse(b'[{"a": 1}, {"b"')
    assert (first.data, first.terminated) == ('{"a": 1}', True)
    assert (rest.raw, rest.terminated) == (b', {"b"', False)


def test_what_stands_behind_the_array_is_not_passed_over() -> None:
    assert [frame.data for frame in parse(b"[1] [2]")] == ["1", "", "[2]"]


def test_an_element_that_is_no_utf8_is_exchanged_all_the_same() -> None:
    first, _ = parse(b'[{"a":"\xff secret"}]')
    assert first.with_data('{"a":"x"}') == b'[{"a":"x"}'


def test_what_is_neither_space_nor_sign_belongs_to_an_element() -> None:
    raw = b"[1,\x0c]"
    assert [frame.raw for frame in parse(raw)] == [b"[1", b",\x0c", b"]"]
