"""Reading a body: whole, bounded, and as it is."""

from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest

from gateway.core.errors import CallerError
from gateway.server.body import Departed, read_body

LIMIT = 10


class Arriving:
    """Hands out messages, and counts those that were taken."""

    def __init__(self, *parts: bytes, leaves: bool = False) -> None:
        self.taken = 0
        self._messages = self._all(parts, leaves)

    async def __call__(self) -> MutableMapping[str, Any]:
        self.taken += 1
        return next(self._messages)

    @staticmethod
    def _all(parts: tuple[bytes, ...], leaves: bool) -> Iterator[MutableMapping[str, Any]]:
        for number, part in enumerate(parts, start=1):
            more = leaves or number < len(parts)
            yield {"type": "http.request", "body": part, "more_body": more}
        yield {"type": "http.disconnect"}


@pytest.mark.parametrize(
    "parts", [(b"",), (b"abc",), (b"a", b"", b"bc"), (b"0123456789",), (b"01234", b"56789")]
)
async def test_a_body_is_put_together(parts: tuple[bytes, ...]) -> None:
    assert await read_body(Arriving(*parts), [], LIMIT) == b"".join(parts)


async def test_a_message_may_leave_everything_out() -> None:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request"}

    assert await read_body(receive, [], LIMIT) == b""


@pytest.mark.parametrize("parts", [(b"0" * 11,), (b"0" * 10, b"0"), (b"0" * 6, b"0" * 6, b"never read")])
async def test_a_body_that_grows_too_large(parts: tuple[bytes, ...]) -> None:
    arriving = Arriving(*parts)
    with pytest.raises(CallerError) as refusal:
        await read_body(arriving, [], LIMIT)
    assert (refusal.value.status, refusal.value.code) == (413, "request_too_large")
    assert arriving.taken <= 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"content-length", b"11")], 413),
        ([(b"content-length", b"9" * 50)], 413),
        ([(b"content-length", b"-1")], 400),
        ([(b"content-length", b"+1")], 400),
        ([(b"content-length", b"")], 400),
        ([(b"content-length", "²".encode())], 400),
        ([(b"content-length", b"5"), (b"content-length", b"11")], 413),
        ([(b"content-encoding", b"gzip")], 415),
        ([(b"content-encoding", b"identity, gzip")], 415),
        ([(b"content-encoding", b"identity"), (b"content-encoding", b"br")], 415),
    ],
)
async def test_what_the_headers_give_away_is_refused_unread(
    headers: list[tuple[bytes, bytes]], status: int
) -> None:
    arriving = Arriving(b"abc")
    with pytest.raises(CallerError) as refusal:
        await read_body(arriving, headers, LIMIT)
    assert refusal.value.status == status
    assert arriving.taken == 0


@pytest.mark.parametrize("value", [b"", b"identity", b" Identity "])
async def test_no_encoding_is_no_fault(value: bytes) -> None:
    headers = [(b"content-encoding", value), (b"content-length", b"10")]
    assert await read_body(Arriving(b"abc"), headers, LIMIT) == b"abc"


async def test_a_caller_that_leaves() -> None:
    with pytest.raises(Departed):
        await read_body(Arriving(b"abc", leaves=True), [], LIMIT)
