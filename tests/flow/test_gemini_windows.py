"""Window mode for streams that are no chat completions: Gemini's in both spellings, and tokens."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.exchange import Caller
from gateway.core.segment import Segment
from gateway.flow.call import Call
from gateway.flow.governance import Governance
from gateway.flow.machine import live
from gateway.providers.upstream import Route, Routing, Upstream
from gateway.testing.playbook import Upstreamed, World, play
from gateway.wire.endpoints import locate
from gateway.wire.sse import parse
from tests.flow.test_machine import governance
from tests.flow.test_streaming import (
    CARD,
    EMAIL,
    IBAN,
    KEY,
    PLAN,
    RUNNER,
    TEXTS,
    cut,
    cuts_of,
    guard,
    scan,
    seen,
)

Json = Any
"""A tree whose shape the test knows."""

SSE, ARRAY, TOKENS = "sse", "array", "tokens"
KINDS = [SSE, ARRAY, TOKENS]
ROUTING = Routing(
    [Route("*", ("g", "t"))],
    [Upstream("g", "gemini", "http://g.example/v1beta"), Upstream("t", "tgi", "http://t.example")],
)


def asked(kind: str) -> Call:
    path = "/generate_stream" if kind == TOKENS else "/v1beta/models/m:streamGenerateContent"
    body: Json = {"inputs": "hi"} if kind == TOKENS else {"contents": [{"parts": [{"text": "hi"}]}]}
    found = locate("POST", path, [])
    assert found is not None
    return Call(
        id="lx-1",
        endpoint=found.endpoint,
        method="POST",
        path=path,
        headers=[],
        body=json.dumps(body).encode(),
        caller=Caller(),
        received_ms=0,
        template=found.template,
        parts=found.parts,
    )


def governed() -> Governance:
    return replace(governance(PLAN), routing=ROUTING)


def said(kind: str, parts: Sequence[str]) -> list[bytes]:
    """A whole answer, event by event."""
    if kind == TOKENS:
        events = [{"token": {"text": part, "special": False}, "generated_text": None} for part in parts]
        last = {"token": {"text": "</s>", "special": True}, "generated_text": "".join(parts), "details": {}}
        return [b"data:" + json.dumps(event).encode() + b"\n\n" for event in [*events, last]]
    chunks: list[Json] = [{"candidates": [{"content": {"parts": [{"text": part}]}}]} for part in parts]
    chunks.append({"candidates": [{"finishReason": "STOP"}]})
    lines = [json.dumps(chunk).encode() for chunk in chunks]
    if kind == SSE:
        return [b"data: " + line + b"\r\n\r\n" for line in lines]
    return [b"[" + lines[0], *(b"\r\n,\r\n" + line for line in lines[1:]), b"\r\n]"]


def stream(kind: str, pieces: Sequence[bytes]) -> World:
    content_type = b"application/json" if kind == ARRAY else b"text/event-stream"
    world = World(Upstreamed(content_type=content_type, pieces=pieces), decide=guard, detect=scan)
    return play(live(asked(kind), governed()), world)


def events(kind: str, raw: bytes) -> list[Json]:
    if not raw:
        return []
    if kind == ARRAY:
        read: list[Json] = json.loads(raw)
        return read
    return [json.loads(frame.data) for frame in parse(raw) if frame.data]


def texts(kind: str, raw: bytes) -> str:
    if kind == TOKENS:
        tokens = [event.get("token", {}) for event in events(kind, raw)]
        return "".join(token["text"] for token in tokens if not token.get("special", True))
    candidates = [event["candidates"][0] for event in events(kind, raw) if "candidates" in event]
    parts = [part for candidate in candidates for part in candidate.get("content", {}).get("parts", ())]
    return "".join(part["text"] for part in parts)


def masked_at_once(text: str) -> str:
    """The text as it is masked where it is seen whole. A key may be cut into a value, and what is left of it
    may be one of another kind: of an IBAN, a phone number."""
    segment = Segment("s0", "assistant", "text", "", text)
    found = RUNNER.detect_inline([segment], PLAN.response_detectors).findings
    masked, done = "", 0
    for value in sorted((f for f in found if f.category != "secret"), key=lambda f: f.start):
        assert value.start >= done, "values do not overlap"
        masked += f"{text[done : value.start]}[{value.label.upper()}]"
        done = value.end
    return masked + text[done:]


def test_what_is_left_of_a_value_may_be_another() -> None:
    text = f"{'the end. ' * 9}{IBAN[:24]} key {KEY} {IBAN[24:]}"
    masked = masked_at_once(text)
    assert "DE89 3704 [PHONE] key " in masked
    delivered = texts(TOKENS, stream(TOKENS, said(TOKENS, cut(text, [1, 30, 60]))).written)
    assert masked.startswith(delivered)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(text=TEXTS, secret=st.booleans(), data=st.data())
def test_no_fragmentation_changes_what_is_delivered_found_or_decided(
    kind: str, text: str, secret: bool, data: st.DataObject
) -> None:
    if secret:
        at = data.draw(st.integers(0, len(text)))
        text = f"{text[:at]} key {KEY} {text[at:]}"
    whole = stream(kind, said(kind, [text]))
    raw = b"".join(said(kind, cut(text, data.draw(cuts_of(len(text))))))
    other = stream(kind, cut(raw, data.draw(cuts_of(len(raw)))))
    assert texts(kind, other.written) == texts(kind, whole.written)
    assert seen(other) == seen(whole)
    delivered = texts(kind, other.written)
    assert KEY not in delivered
    if secret:
        assert masked_at_once(text).startswith(delivered)
    else:
        masked = text.replace(CARD, "[CARD]").replace(EMAIL, "[EMAIL]").replace(IBAN, "[IBAN]")
        assert delivered == masked
    if secret and other.written:
        last = events(kind, other.written)[-1]
        assert last["lictor"]["rule"] == "secrets.stay"
        assert kind == TOKENS or last["candidates"][0]["finishReason"] == "SAFETY"


@settings(max_examples=60)
@given(text=TEXTS, data=st.data())
def test_the_text_that_a_stream_repeats_is_masked_alike(text: str, data: st.DataObject) -> None:
    raw = b"".join(said(TOKENS, cut(text, data.draw(cuts_of(len(text))))))
    out = stream(TOKENS, cut(raw, data.draw(cuts_of(len(raw))))).written
    assert events(TOKENS, out)[-1]["generated_text"] == texts(TOKENS, out)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_needs_no_change_keeps_its_bytes(kind: str) -> None:
    pieces = said(kind, ["It is", " a fine ", "day. And", " so on."])
    world = stream(kind, pieces)
    assert world.written == b"".join(pieces)
