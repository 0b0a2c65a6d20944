"""Server-sent events: any chunking, every byte kept."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.sse import Frame, Parser, parse, with_data

STREAM = st.lists(
    st.sampled_from(
        [
            b"\n",
            b"\r",
            b"\r\n",
            b"\n\n",
            b"data",
            b"data:",
            b"data: x",
            b":",
            b": c",
            b"event: e",
            b"id: 1",
            b"\xef\xbb\xbf",
            b"\xc3\xa9",
            b"\xff",
            b" ",
            b"retry: 5",
        ]
    ),
    max_size=25,
).map(b"".join)


def chunked(raw: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(raw) + 1) for cut in cuts), len(raw)]
    return [raw[start:end] for start, end in pairwise(edges)]


@given(STREAM, st.lists(st.integers(0, 200)))
def test_chunking_changes_nothing(raw: bytes, cuts: list[int]) -> None:
    parser = Parser()
    frames = [frame for chunk in chunked(raw, cuts) for frame in parser.feed(chunk)]
    frames += parser.close()
    assert frames == parse(raw)
    assert b"".join(frame.raw for frame in frames) == raw


@given(STREAM)
def test_byte_by_byte(raw: bytes) -> None:
    parser = Parser()
    frames = [frame for index in range(len(raw)) for frame in parser.feed(raw[index : index + 1])]
    assert frames + parser.close() == parse(raw)


def reference(raw: bytes) -> list[tuple[str, str]]:
    """The dispatched events, by the letter of WHATWG HTML section 9.2.6."""
    text = raw.decode("utf-8", "replace").removeprefix("\ufeff")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]
    events, data, name = list[tuple[str, str]](), "", ""
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                events.append((name, data[:-1]))
            data, name = "", ""
        elif field == "data":
            data += value + "\n"
        elif field == "event":
            name = value
    return events


@given(STREAM)
def test_reads_as_the_standard_says(raw: bytes) -> None:
    frames = [frame for frame in parse(raw) if frame.terminated]
    assert [(f.event, f.data) for f in frames if f.data] == [e for e in reference(raw) if e[1]]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_fields(end: bytes) -> None:
    lines = [
        b": comment",
        b"event: ping",
        b"id: 7",
        b"data: a",
        b"data:b",
        b"data:  c",
        b"other: x",
        b"",
        b"",
    ]
    (frame,) = parse(end.join(lines))
    assert (frame.event, frame.data, frame.id, frame.terminated) == ("ping", "a\nb\n c", "7", True)


def test_the_rest_of_a_broken_stream_is_kept() -> None:
    frames = parse(b"data: a\n\ndata: b")
    assert [(frame.data, frame.terminated) for frame in frames] == [("a", True), ("b", False)]


def test_a_byte_order_mark_is_no_part_of_the_first_field() -> None:
    (frame,) = parse(b"\xef\xbb\xbfdata: a\n\n")
    assert frame.data == "a"
    assert with_data(frame, "b") == b"\xef\xbb\xbfdata: b\n\n"


def test_a_byte_order_mark_amid_a_stream_is_no_mark() -> None:
    _, frame = parse(b": c\n\n\xef\xbb\xbfdata: a\ndata: b\n\n")
    assert frame.data == "b"
    assert with_data(frame, "x") == b"\xef\xbb\xbfdata: a\ndata: x\n\n"


@pytest.mark.parametrize(
    ("raw", "data", "expected"),
    [
        (b"data: a\n\n", "b", b"data: b\n\n"),
        (b"event: e\r\ndata:a\r\nid: 1\r\n\r\n", "b", b"event: e\r\ndata: b\r\nid: 1\r\n\r\n"),
        (b": c\ndata: a\ndata: b\n\n", "x", b": c\ndata: x\n\n"),
        (b"data: a\ndata: b\n\n", "x\ny", b"data: x\ndata: y\n\n"),
        (b"data: a", "x\ny", b"data: x\ndata: y"),
        (b"data: a\rid: 1\rdata: b\n\n", "x", b"id: 1\rdata: x\n\n"),
    ],
)
def test_new_data_keeps_the_other_lines(raw: bytes, data: str, expected: bytes) -> None:
    (frame,) = parse(raw)
    assert with_data(frame, data) == expected
    assert parse(with_data(frame, data))[0].data == data


def test_a_frame_is_a_value() -> None:
    assert parse(b"data: a\n\n") == [Frame(b"data: a\n\n", "", "a")]
