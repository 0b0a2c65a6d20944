"""A body for an upstream that knows the model under another name."""

import json
from typing import Any

import pytest

from gateway.core.exchange import Caller
from gateway.flow.call import Call
from gateway.flow.naming import renaming
from gateway.flow.opening import open_call
from gateway.providers.upstream import Route, Routing, Upstream
from gateway.wire.endpoints import locate

Json = Any
"""A tree whose shape the test knows."""

ROUTING = Routing(
    [Route("*", ("openai", "gemini"))],
    [
        Upstream("openai", "openai", "https://o.test/v1"),
        Upstream("gemini", "gemini", "https://g.test/v1beta"),
    ],
)
CHAT = b'{"messages": [{"role": "user", "content": "Hi"}]'


def said(path: str, body: bytes, name: str) -> Json:
    found = locate("POST", path, [])
    assert found is not None
    call = Call(
        id="lx-1",
        endpoint=found.endpoint,
        method="POST",
        path=path,
        headers=[],
        body=body,
        caller=Caller(),
        received_ms=0,
        template=found.template,
        parts=found.parts,
    )
    rename = renaming(call, open_call(call, ROUTING, judged=True), body)
    assert rename is not None
    return json.loads(rename(name))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", CHAT + b', "model": "m"}'),
        ("/openai/deployments/m/chat/completions", CHAT + b"}"),
        ("/openai/deployments/m/chat/completions", CHAT + b', "model": "another"}'),
        ("/openai/deployments/m/chat/completions", CHAT + b', "model": null}'),
    ],
)
def test_openais_bodies_name_it_once(path: str, body: bytes) -> None:
    assert said(path, body, 'new"one')["model"] == 'new"one'
    assert said(path, body, "x")["messages"] == [{"role": "user", "content": "Hi"}]


def test_googles_bodies_name_it_in_a_collection() -> None:
    entry = {"model": "models/m", "content": {"parts": [{"text": "models/m"}]}}
    batch = said(
        "/v1beta/models/m:batchEmbedContents", json.dumps({"requests": [entry, entry]}).encode(), "n"
    )
    assert batch == {"requests": [{**entry, "model": "models/n"}] * 2}
    assert said("/v1beta/models/m:embedContent", json.dumps(entry).encode(), "n") == {
        **entry,
        "model": "models/n",
    }
    unnamed = {"contents": [{"parts": [{"text": "m"}]}]}
    assert said("/v1beta/models/m:generateContent", json.dumps(unnamed).encode(), "n") == unnamed
