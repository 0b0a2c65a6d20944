"""What nothing asks to change crosses the gateway byte for byte, in both directions."""

import http.client
import json
import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.testing.upstream import Reply, ScriptedUpstream, Stream
from tests.e2e.harness import Script, Site, bare

bounded = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# Both dialects in one.
ANSWER = b'{"choices": [ ], "type": "message", "role": "assistant", "content": [ ]}'

PATHS = {"gpt-4o": "/v1/chat/completions", "claude-opus": "/v1/messages"}

# Words that no detector takes for anything, in several scripts, with what JSON has to escape.
WORDS = st.lists(
    st.sampled_from('a the and "quoted" back\\slash new\nline tab\t é ß 漢字 😀 \x7f / \''.split(" "))
)
TEXT = WORDS.map(" ".join)
KEYS = st.sampled_from(["cache_control", "vendor", "x", "é", "a/b", "~", "", "note"])
NUMBERS = st.sampled_from(
    ["0", "-0", "1.0", "1e2", "1E+2", "0.10", "-1.5e-3", "10000000000000000000000", "7"]
)


class Literal(str):
    """A spelling of a number."""

    __slots__ = ()


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS.map(Literal) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def spellings(draw: st.DrawFn, model: str) -> bytes:
    """A request body, spelled as no library would."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "user", "content": draw(TEXT)}],
        "max_tokens": Literal(draw(st.sampled_from(["16", "1.6e1", "16.0"]))),
        "vendor_fields": draw(VALUES),
        "temperature": Literal("0.70"),
    }
    if draw(st.booleans()):
        body["messages"][0]["content"] = [
            {"type": "text", "text": draw(TEXT), "cache_control": {"type": "ephemeral"}}
        ]
    names = draw(st.permutations(sorted(body)))
    return spell({name: body[name] for name in names}, random.Random(draw(st.integers(0, 2**32)))).encode()


def spell(value: object, chance: random.Random) -> str:
    """JSON text with arbitrary white space and arbitrary escapes."""

    def gap() -> str:
        return chance.choice(["", "", "", " ", "\n", "\t", " \r\n "])

    if isinstance(value, Literal):
        return str(value)
    if isinstance(value, dict):
        members = (f"{spell(key, chance)}{gap()}:{gap()}{spell(item, chance)}" for key, item in value.items())
        return "{" + gap() + f"{gap()},{gap()}".join(members) + gap() + "}"
    if isinstance(value, list):
        return "[" + gap() + f"{gap()},{gap()}".join(spell(item, chance) for item in value) + gap() + "]"
    if isinstance(value, str):
        return '"' + "".join(_character(character, chance) for character in value) + '"'
    return json.dumps(value)


def _character(character: str, chance: random.Random) -> str:
    if chance.random() < 0.2:
        units = character.encode("utf-16-be")
        pairs = (units[at : at + 2].hex() for at in range(0, len(units), 2))
        return "".join(f"\\u{chance.choice([pair, pair.upper()])}" for pair in pairs)
    if character == "/":
        return chance.choice(["/", "\\/"])
    return character if character not in '"\\\n\t' else json.dumps(character)[1:-1]


@pytest.fixture(scope="module")
def post(gateway: Site) -> Callable[[str, bytes], tuple[int, bytes]]:
    """Sends bytes to the path of a model and gives back status and body."""

    def send(model: str, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
        try:
            headers = {"content-type": "application/json", "anthropic-version": "2023-06-01"}
            connection.request("POST", PATHS[model], body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    return send


Post = Callable[[str, bytes], tuple[int, bytes]]


@pytest.mark.parametrize("model", PATHS)
def test_a_request_without_findings_is_forwarded_as_it_is(
    post: Post, upstream: ScriptedUpstream, script: Script, model: str
) -> None:
    script.always(Reply(ANSWER))

    @bounded
    @given(body=spellings(model))
    def check(body: bytes) -> None:
        upstream.requests.clear()
        status, answer = post(model, body)
        assert (status, answer) == (200, ANSWER)
        assert upstream.requests[0].body == body

    check()


@pytest.mark.parametrize("model", PATHS)
def test_an_answer_without_findings_is_released_as_it_is(post: Post, script: Script, model: str) -> None:
    question = json.dumps({"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "?"}]})

    @bounded
    @given(text=TEXT, extra=st.dictionaries(KEYS, VALUES, max_size=4), seed=st.integers(0, 2**32))
    def check(text: str, extra: dict[str, Any], seed: int) -> None:
        raw = spell({**extra, **spoken(model, text)}, random.Random(seed)).encode()
        script.always(Reply(raw))
        assert post(model, question.encode()) == (200, raw)

    check()


def spoken(model: str, text: str) -> dict[str, Any]:
    """The body of an answer, without what does not matter here."""
    if model == "gpt-4o":
        return {"choices": [{"index": Literal("0"), "message": {"role": "assistant", "content": text}}]}
    return {"type": "message", "role": "assistant", "content": [{"type": "text", "text": text}]}


OPENAI_FRAMES = (
    b'data: {"id":"c","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n',
    b": keep-alive\n\n",
    b'data:{"id":"c","choices":[{"index":0,"delta":{"content":"Caf\\u00e9 "}}]}\r\n\r\n',
    'data: {"id":"c", "choices":[{"index":0,"delta":{"content":"漢字"},"vendor":1.0}]}\n\n'.encode(),
    b'id: 7\nretry: 10\ndata: {"id":"c","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
)
ANTHROPIC_FRAMES = (
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","content":[]}}\n\n',
    b'event: ping\ndata: {"type": "ping"}\n\n',
    (
        b'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
        b'"content_block":{"type":"text","text":""}}\n\n'
    ),
    (
        b'event: content_block_delta\r\ndata: {"type":"content_block_delta","index":0,'
        b'"delta":{"type":"text_delta","text":"Caf\\u00e9"}}\r\n\r\n'
    ),
    b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
    b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}\n\n',
)


@pytest.mark.parametrize(
    ("model", "frames", "end"),
    [
        ("gpt-4o", OPENAI_FRAMES, b"data: [DONE]\n\n"),
        ("claude-opus", ANTHROPIC_FRAMES, b'event: message_stop\ndata: {"type":"message_stop"}\n\n'),
    ],
)
def test_a_stream_without_findings_is_released_as_it_is(
    *, post: Post, script: Script, model: str, frames: tuple[bytes, ...], end: bytes
) -> None:
    asked = {"model": model, "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "?"}]}
    raw = b"".join(frames) + end

    @bounded
    @given(cuts=st.sets(st.integers(1, len(raw) - 1), max_size=8))
    def check(cuts: set[int]) -> None:
        places = [0, *sorted(cuts), len(raw)]
        chunks = [raw[start:stop] for start, stop in pairwise(places)]
        script.always(Stream(chunks))
        assert post(model, json.dumps(asked).encode()) == (200, raw)

    check()


@pytest.mark.parametrize("model", PATHS)
@pytest.mark.parametrize("digits", [18, 19, 20, 300, 400, 4000])
@pytest.mark.parametrize("sign", [b"", b"-"])
def test_a_number_of_any_size_is_forwarded_as_it_is(
    *, post: Post, upstream: ScriptedUpstream, model: str, digits: int, sign: bytes
) -> None:
    number = sign + b"9" * digits
    body = b'{"model":"%s","max_tokens":%b,"top_p":%b,"vendor":%b,' % (model.encode(), number, number, number)
    body += b'"messages":[{"role":"user","content":"?"}]}'
    assert post(model, body)[0] == 200
    assert upstream.requests[0].body == body


@pytest.mark.parametrize("model", PATHS)
def test_a_redaction_changes_its_span_only(post: Post, upstream: ScriptedUpstream, model: str) -> None:
    body = b'{ "model":"%s" ,\r\n"max_tokens":1.60e1, "n" :10000000000000000000000,' % model.encode()
    body += b'"messages":[ {"content":"Caf\\u00e9\\/ for jane.doe\\u0040example.com \\ud83d\\ude00 today",'
    body += b'"role":"user", "vendor":{"b":1.0,"a":null}} ] }\n'
    status, answer = post(model, body)
    assert (status, answer[:0] if status == 200 else answer) == (200, b"")
    sent = upstream.requests[0].body.decode()
    assert bare(sent).encode() == body.replace(b"jane.doe\\u0040example.com", b"<EMAIL>")


def test_a_redaction_of_an_answer_changes_its_span_only(post: Post, script: Script) -> None:
    raw = b'{ "choices":[ {"message":{"vendor":1.0e0,"content":"F\\u00fcr jane.doe\\u0040example.com"}} ] }\n'
    script.always(Reply(raw))
    question = b'{"model":"gpt-4o","messages":[{"role":"user","content":"?"}]}'
    assert post("gpt-4o", question) == (200, raw.replace(b"jane.doe\\u0040example.com", b"[EMAIL]"))
