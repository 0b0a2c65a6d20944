"""An upstream may know a model under another name: it gets that one, and every other byte as it was sent."""

import contextlib
import http.client
import json
from collections.abc import Iterator

import pytest

from gateway.testing.upstream import Reply, ScriptedUpstream, Turn
from tests.e2e.harness import Script, Site, Wiring, site, upstream_at


@pytest.fixture(scope="module")
def renaming(tmp_path_factory: pytest.TempPathFactory, _upstream: ScriptedUpstream) -> Iterator[Site]:
    models = '\nmodels = { gpt-small = "vendor/small \\"1\\" é" }'
    wiring = Wiring(
        upstreams=[upstream_at(_upstream.url) + models, upstream_at(f"{_upstream.url}/spare", "spare")],
        routes=[("*", "openai")],
    )
    with site(tmp_path_factory.mktemp("names"), wiring) as running:
        yield running


def post(site: Site, body: bytes) -> tuple[bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    with contextlib.closing(connection):
        connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
        response = connection.getresponse()
        return response.read(), response.headers["x-lictor-decision-id"]


def ask(site: Site, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        return response.status


def body(model: bytes) -> bytes:
    return (
        b'{ "n":1.0e0,\t"model" : "%b","messages":[{"role":"user","content":"gpt-small \\u00e9"}]\r\n}'
        % model
    )


def test_only_the_name_changes(renaming: Site, upstream: ScriptedUpstream, script: Script) -> None:
    script.always(Turn("hello"))
    answer, decision = post(renaming, body(b"gpt-sm\\u0061ll"))
    assert json.loads(answer)["choices"]
    assert upstream.requests[0].body == body('vendor/small \\"1\\" é'.encode())
    assert {record["model"] for record in renaming.exchange(decision)} == {"gpt-small"}


def test_other_models_are_not_touched(renaming: Site, upstream: ScriptedUpstream) -> None:
    for model in (b"gpt-large", b"gpt-smaller"):
        post(renaming, body(model))
    assert [request.body for request in upstream.requests] == [body(b"gpt-large"), body(b"gpt-smaller")]


def test_lists_come_from_the_first_upstream_as_it_tells_them(
    renaming: Site, upstream: ScriptedUpstream, script: Script
) -> None:
    script.always(Reply(b'{"error":{}}', status=404))
    assert ask(renaming, "/v1/models") == 200
    assert ask(renaming, "/v1/models/gpt-small") == 404
    assert [request.path for request in upstream.requests] == ["/v1/models", "/v1/models/gpt-small"]
