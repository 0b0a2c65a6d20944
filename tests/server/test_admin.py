"""The admin routes: who may ask, and what they say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from gateway.server.admin import Console, admin

KEY = "lictor-" + "admin-key"
GUARDED = [
    ("GET", "/lictor/coverage"),
    ("GET", "/lictor/policy"),
    ("POST", "/lictor/policy/reload"),
    ("GET", "/lictor/status"),
    ("GET", "/lictor/decisions/lx-1"),
    ("GET", "/lictor/models"),
    ("GET", "/lictor/log"),
    ("GET", "/lictor/metrics"),
]
OPEN = [("GET", "/lictor/healthz"), ("GET", "/lictor/readyz")]


async def reloaded() -> dict[str, bool]:
    return {"accepted": True}


def console(*, ready: bool = True) -> Console:
    return Console(
        coverage=lambda: [{"path": "/model"}],
        policy=lambda: {"revision": "sha256:0"},
        reload=reloaded,
        status=lambda: {"agreed": True},
        decision=lambda id_: [{"exchange": id_}] if id_ == "lx-1" else [],
        models=lambda: {"models": []},
        running=lambda: {"models": {"tiny": {"device": "cpu"}}},
        log=lambda: {"checkpoint": None},
        ready=lambda: ready,
        metrics=lambda: b"lictor_exchanges_total 1.0\n",
    )


@asynccontextmanager
async def asking(
    key: str | None, *, host: str = "127.0.0.1", ready: bool = True
) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(admin(console(ready=ready), key), client=(host, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


@pytest.mark.parametrize(("method", "path"), GUARDED + OPEN)
@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1"])
async def test_without_a_key_this_machine_may_ask(method: str, path: str, host: str) -> None:
    async with asking(None, host=host) as client:
        assert (await client.request(method, path)).status_code == 200


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("host", ["10.0.0.1", "::ffff:10.0.0.1", "localhost.example.com", ""])
async def test_without_a_key_others_may_not(method: str, path: str, host: str) -> None:
    forwarded = {"x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1"}
    async with asking(None, host=host) as client:
        assert (await client.request(method, path, headers=forwarded)).status_code == 403


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize(
    "value", [None, "", "Bearer", "Bearer ", f"Bearer {KEY}x", f"Basic {KEY}", KEY, "Bearer \xe9"]
)
async def test_with_a_key_nothing_else_counts(method: str, path: str, value: str | None) -> None:
    headers = [] if value is None else [(b"authorization", value.encode("latin-1"))]
    async with asking(KEY) as client:
        assert (await client.request(method, path, headers=headers)).status_code == 401


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
async def test_with_the_key_anyone_may_ask(method: str, path: str, scheme: str) -> None:
    async with asking(KEY, host="10.0.0.1") as client:
        answer = await client.request(method, path, headers={"authorization": f"{scheme} {KEY}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(("method", "path"), OPEN)
async def test_health_is_for_everybody(method: str, path: str) -> None:
    async with asking(KEY, host="10.0.0.1") as client:
        assert (await client.request(method, path)).status_code == 200


async def test_health_tells_what_the_classifiers_run_on() -> None:
    async with asking(KEY, host="10.0.0.1") as client:
        told = (await client.get("/lictor/readyz")).json()
    assert told == {"status": "ready", "classifiers": {"models": {"tiny": {"device": "cpu"}}}}


async def test_a_gateway_that_is_not_ready_says_so() -> None:
    async with asking(None, ready=False) as client:
        assert (await client.get("/lictor/readyz")).status_code == 503
        assert (await client.get("/lictor/healthz")).status_code == 200


async def test_an_unknown_decision_is_not_found() -> None:
    async with asking(None) as client:
        assert (await client.get("/lictor/decisions/lx-1")).json() == [{"exchange": "lx-1"}]
        assert (await client.get("/lictor/decisions/lx-2")).status_code == 404


async def test_what_the_console_says_is_passed_on() -> None:
    async with asking(None) as client:
        answers = {path: await client.request(method, path) for method, path in GUARDED}
    metrics = answers.pop("/lictor/metrics")
    said: dict[str, Any] = {path: answer.json() for path, answer in answers.items()}
    assert said["/lictor/coverage"] == [{"path": "/model"}]
    assert said["/lictor/policy"] == {"revision": "sha256:0"}
    assert said["/lictor/policy/reload"] == {"accepted": True}
    assert said["/lictor/log"] == {"checkpoint": None}
    assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert metrics.text == "lictor_exchanges_total 1.0\n"
