import gzip
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.providers.decoding import Undecodable, decoder_for

PACKERS: dict[bytes, Callable[[bytes], bytes]] = {b"gzip": gzip.compress, b"deflate": zlib.compress}


@given(
    text=st.binary(max_size=400) | st.integers(65000, 300_000).map(bytes),
    coding=st.sampled_from(sorted(PACKERS)),
    cuts=st.lists(st.integers(0, 400), max_size=5),
)
def test_any_chunking_decodes_to_the_same_text(text: bytes, coding: bytes, cuts: list[int]) -> None:
    packed = PACKERS[coding](text)
    edges = [0, *sorted(cuts), len(packed)]
    decoder = decoder_for(coding)
    assert decoder is not None
    pieces = [piece for start, end in pairwise(edges) for piece in decoder.decode(packed[start:end])]
    decoder.finish()
    assert b"".join(pieces) == text
    assert all(0 < len(piece) <= 65536 for piece in pieces)


@given(st.binary(max_size=400), st.data())
def test_a_missing_end_is_noticed(text: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(text)
    decoder = decoder_for(b"gzip")
    assert decoder is not None
    with pytest.raises(Undecodable):  # noqa: PT012 - either may notice
        list(decoder.decode(packed[: data.draw(st.integers(0, len(packed) - 1))]))
        decoder.finish()


@pytest.mark.parametrize("coding", [b"", b"identity", b" Identity "])
def test_nothing_to_decode(coding: bytes) -> None:
    assert decoder_for(coding) is None


@pytest.mark.parametrize("coding", [b"br", b"zstd", b"compress", b"gzip, gzip", b"gzip;q=1"])
def test_unknown_codings_are_refused(coding: bytes) -> None:
    with pytest.raises(Undecodable):
        decoder_for(coding)
