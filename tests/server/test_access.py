"""The access log: one line an exchange, without content."""

import asyncio
import io
import json
from typing import Any

import pytest

from gateway.server.access import AccessLog

OUTCOME: dict[str, Any] = {
    "type": "outcome",
    "exchange": "lx-1",
    "endpoint": "messages",
    "dialect": "anthropic_messages",
    "model": "claude",
    "caller": {"tenant": "default"},
    "answer": "allow",
    "revision": "sha256:0",
    "segments": [{"id": "s0"}],
    "outcome": {"status": 200, "ending": "complete", "upstream": "a", "bytes": 7, "micros": {"total": 9}},
}
REFUSED = {
    "type": "refused",
    "exchange": "lx-2",
    "endpoint": "unknown",
    "status": 404,
    "code": "unknown_endpoint",
}


async def written(*records: dict[str, Any]) -> list[dict[str, Any]]:
    stream = io.StringIO()
    log = AccessLog(stream)
    for record in records:
        log.write(record)
    await asyncio.sleep(0)
    return [json.loads(line) for line in stream.getvalue().split("\n")[:-1]]


async def test_an_outcome_is_one_line() -> None:
    assert await written(OUTCOME) == [
        {
            "type": "outcome",
            "exchange": "lx-1",
            "endpoint": "messages",
            "model": "claude",
            "answer": "allow",
            "revision": "sha256:0",
            "status": 200,
            "ending": "complete",
            "upstream": "a",
            "bytes": 7,
            "total_us": 9,
        }
    ]


async def test_a_refusal_is_one_line() -> None:
    assert await written(REFUSED) == [REFUSED]


async def test_a_name_cannot_break_the_line() -> None:
    (line,) = await written({**OUTCOME, "model": 'a\nb\u2028"c'})
    assert line["model"] == 'a\nb\u2028"c'


@pytest.mark.parametrize("kind", ["decision", "bundle", "open", "close"])
async def test_other_records_are_passed_over(kind: str) -> None:
    assert await written({**OUTCOME, "type": kind}) == []


def test_a_log_that_is_off() -> None:
    AccessLog(None).write(OUTCOME)
