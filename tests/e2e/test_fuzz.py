"""Requests made up from schemas, those of the admin routes and loose ones of the providers'."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance

from gateway.testing.upstream import ScriptedUpstream, Turn
from tests.e2e.harness import Script, Site

bounded = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

ANSWER = "Fine."

Case = schemathesis.Case[Any]


def each_case(schema: schemathesis.BaseSchema, check: Callable[[Case], None]) -> None:
    """Check cases of every operation."""
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert operations
    for operation in operations:
        bounded(given(case=operation.as_strategy())(check))()


def test_admin_routes(gateway: Site) -> None:
    def check(case: Case) -> None:
        response = case.call(base_url=gateway.url)
        case.validate_response(response, checks=[not_a_server_error, response_schema_conformance])
        assert gateway.alive()

    each_case(schemathesis.openapi.from_url(f"{gateway.url}/lictor/openapi.json"), check)


def test_provider_routes(gateway: Site, upstream: ScriptedUpstream, script: Script) -> None:
    """The upstream answers whatever it gets, so every fault is the gateway's own."""

    def check(case: Case) -> None:
        response = case.call(base_url=gateway.url, headers={"authorization": "Bearer fuzz"})
        assert response.headers["x-lictor-decision-id"]
        assert_told_properly(case.path, response)
        statuses.add(response.status_code)
        assert gateway.alive()

    script.always(Turn(ANSWER, piece=len(ANSWER)))
    statuses: set[int] = set()
    translated = {"model": "gpt-on-anthropic", "messages": [{"role": "user", "content": "Hi"}]}
    httpx.post(f"{gateway.url}/v1/chat/completions", json=translated, timeout=120)  # loads the translator
    loose = json.loads((Path(__file__).parent / "providers.openapi.json").read_text())
    each_case(schemathesis.openapi.from_dict(loose), check)
    assert {200, 400} <= statuses


def assert_told_properly(path: str, response: schemathesis.Response) -> None:
    """An answer, or an error in the envelope of the caller's provider."""
    assert response.status_code in (200, 400, 403, 404), response.text
    if response.status_code == 200:
        assert ANSWER in response.text
        return
    body = response.json()
    if path != "/v1/messages":
        assert {"message", "type", "param", "code"} <= body["error"].keys()
    else:
        assert (body["type"], type(body["error"]["type"])) == ("error", str)
    assert isinstance(body["error"]["message"], str)


def test_nothing_broke(gateway: Site) -> None:
    """Behind the tests above: faults of the gateway's own are logged by their class."""
    assert "Error at" not in gateway.said()
    assert "Traceback" not in gateway.said()
