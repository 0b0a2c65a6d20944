"""A caller that leaves stops the upstream's work and is on record."""

import json
import socket
import time
from collections.abc import Callable

import pytest

from gateway.testing.upstream import Fail, Reply, ScriptedUpstream, Stream
from tests.e2e.harness import Script, Site, eventually

PATHS = {"gpt": "/v1/chat/completions", "claude": "/v1/messages"}
FRAME = b'data: {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}\n\n'

# What the caller is still waiting for when it leaves.
WAITING: dict[str, Fail | Reply | Stream] = {
    "head": Fail("hang"),
    "late head": Reply(b"{}", delay_s=600),
    "stream": Stream([FRAME], ending="hang"),
}


def leave_amid(gateway: Site, model: str, stream: bool, until: Callable[[], object]) -> None:
    """Ask, and hang up as soon as the condition holds."""
    body = {"model": model, "max_tokens": 9, "stream": stream, "messages": [{"role": "user", "content": "?"}]}
    raw = json.dumps(body).encode()
    path = PATHS[model.partition("-")[0]]
    with socket.create_connection(("127.0.0.1", gateway.port)) as line:
        line.sendall(f"POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(raw)}\r\n\r\n".encode() + raw)
        eventually(until)


@pytest.mark.parametrize("family", PATHS)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("waiting", WAITING)
def test_a_caller_that_leaves(
    *, gateway: Site, upstream: ScriptedUpstream, script: Script, family: str, stream: bool, waiting: str
) -> None:
    model = f"{family}-left-{waiting.replace(' ', '-')}-{stream}"
    script.always(WAITING[waiting])
    leave_amid(gateway, model, stream, lambda: upstream.requests)
    eventually(lambda: upstream.disconnects)
    decision, outcome = eventually(lambda: [*gateway.about(model)] if len(gateway.about(model)) > 1 else [])
    assert (decision["type"], outcome["type"]) == ("decision", "outcome")
    assert decision["exchange"] == outcome["exchange"]
    assert (outcome["outcome"]["status"], outcome["outcome"]["ending"]) == (499, "disconnected")


def test_a_caller_that_leaves_at_once(gateway: Site, upstream: ScriptedUpstream, script: Script) -> None:
    script.always(Fail("hang"))
    leave_amid(gateway, "gpt-left-at-once", stream=False, until=time.monotonic)
    records = eventually(lambda: gateway.about("gpt-left-at-once")[1:])
    assert records[0]["outcome"]["ending"] == "disconnected"


def test_the_gateway_goes_on_serving(gateway: Site, upstream: ScriptedUpstream, script: Script) -> None:
    script.always(Fail("hang"))
    for number in range(20):
        leave_amid(gateway, f"gpt-left-{number}", stream=False, until=lambda: True)
    eventually(lambda: all(len(gateway.about(f"gpt-left-{number}")) == 2 for number in range(20)))
    assert "Traceback" not in gateway.said()
    assert gateway.alive()
