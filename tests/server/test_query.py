"""Credentials in the query string."""

import pytest

from gateway.server.query import without_credentials


@pytest.mark.parametrize(
    ("query", "rest", "added"),
    [
        (b"", b"", []),
        (b"alt=sse", b"alt=sse", []),
        (b"key=k1", b"", [(b"x-goog-api-key", b"k1")]),
        (b"alt=sse&key=k1&x=%26", b"alt=sse&x=%26", [(b"x-goog-api-key", b"k1")]),
        (b"%6bey=k%201", b"", [(b"x-goog-api-key", b"k 1")]),
        (b"$key=k1&key=k2", b"", [(b"x-goog-api-key", b"k1")]),
        (b"access_token=t", b"", [(b"authorization", b"Bearer t")]),
        (b"keys=1&monkey=2", b"keys=1&monkey=2", []),
    ],
)
def test_keys_become_headers(query: bytes, rest: bytes, added: list[tuple[bytes, bytes]]) -> None:
    assert without_credentials(query, [(b"host", b"h")]) == (rest, [(b"host", b"h"), *added])


def test_a_header_that_is_there_wins() -> None:
    headers = [(b"x-goog-api-key", b"mine")]
    assert without_credentials(b"key=other", headers) == (b"", headers)
