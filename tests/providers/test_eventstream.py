"""AWS's event stream encoding, cut anywhere and broken anywhere."""

import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import UpstreamError
from gateway.providers.translation.eventstream import Decoder, Message, messages
from gateway.testing.upstream_bedrock import event, framed

EVENTS = st.tuples(
    st.text(max_size=20), st.dictionaries(st.text(max_size=5), st.text(max_size=40), max_size=3)
)
CUTS = st.lists(st.integers(1, 30), min_size=1, max_size=8)


def pieces(data: bytes, sizes: list[int]) -> list[bytes]:
    """The data in pieces of these sizes, over and over."""
    cut: list[bytes] = []
    at = 0
    while at < len(data):
        size = sizes[len(cut) % len(sizes)]
        cut.append(data[at : at + size])
        at += size
    return cut


def decoded(chunks: list[bytes]) -> list[Message]:
    decoder = Decoder()
    found = [message for chunk in chunks for message in decoder.feed(chunk)]
    assert decoder.clean
    return found


@given(st.lists(EVENTS, max_size=5), CUTS)
def test_any_cut_gives_the_same_messages(events: list[tuple[str, dict[str, str]]], cuts: list[int]) -> None:
    data = b"".join(event(kind, value) for kind, value in events)
    found = decoded(pieces(data, cuts))
    assert [(message.headers[":event-type"], message.json()) for message in found] == events


@given(EVENTS, st.data())
def test_any_flipped_bit_is_noticed(said: tuple[str, dict[str, str]], data: st.DataObject) -> None:
    whole = bytearray(event(*said))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(UpstreamError):
        list(Decoder().feed(bytes(whole)))


@pytest.mark.parametrize(
    ("encoded", "said"),
    [
        # The example without headers and payload, and one with both, as their checksums are published.
        (b"\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2\x48\xeb\x7d\x98\xc8\xff", ({}, b"")),
        (
            b"\x00\x00\x00\x1d\x00\x00\x00\x00\xfd\x52\x8c\x5a{'foo':'bar'}\xc3\x65\x39\x36",
            ({}, b"{'foo':'bar'}"),
        ),
    ],
)
def test_known_messages(encoded: bytes, said: tuple[dict[str, str], bytes]) -> None:
    (message,) = decoded([encoded])
    assert (message.headers, message.payload) == said


def test_headers_of_other_types_are_passed_over() -> None:
    sizes = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
    others = b"".join(b"\x01x" + bytes([kind]) + bytes(size) for kind, size in sizes.items())
    others += b"\x01x\x06\x00\x02hi"
    (message,) = decoded([framed(others + b"\x01n\x07\x00\x01v", b"p")])
    assert (message.headers, message.payload) == ({"n": "v"}, b"p")


@pytest.mark.parametrize(
    "headers",
    [b"\x05", b"\x01x", b"\x01x\x0b", b"\x01x\x07\x00", b"\x01x\x07\x00\x09v", b"\x01\xff\x00", b"\x01x\x09"],
)
def test_headers_that_say_too_much_are_malformed(headers: bytes) -> None:
    with pytest.raises(UpstreamError):
        decoded([framed(headers, b"{}")])


@pytest.mark.parametrize(("total", "headers"), [(15, 0), (17, 2), (0, 0), (2**31, 0), (2**20, 2**18)])
def test_lengths_are_bounded_before_anything_is_kept(total: int, headers: int) -> None:
    prelude = struct.pack(">II", total, headers)
    with pytest.raises(UpstreamError):
        list(Decoder().feed(prelude + struct.pack(">I", zlib.crc32(prelude))))


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b"\xff"])
def test_a_payload_that_is_no_object_is_malformed(payload: bytes) -> None:
    with pytest.raises(UpstreamError):
        decoded([framed(b"", payload)])[0].json()


async def test_a_stream_that_ends_inside_a_message_is_a_fault() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield event("messageStart", {}) + event("messageStop", {})[:-3]

    stream = messages(chunks())
    assert (await anext(stream)).headers[":event-type"] == "messageStart"
    with pytest.raises(UpstreamError):
        await anext(stream)
