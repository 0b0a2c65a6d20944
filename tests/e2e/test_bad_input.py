"""Whatever arrives, the answer is a refusal in the caller's dialect, on record, and nothing of it leaks."""

import gzip
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self

import pytest

from gateway.testing.upstream import ScriptedUpstream, Turn
from tests.e2e.conftest import BODY_LIMIT
from tests.e2e.harness import Script, Site, eventually

MARKER = "Zanzibar-marker-7391"
KEY = "sk-" + "planted-key-that-must-not-appear"

Dialect = Literal["openai", "anthropic"]
PATHS: dict[Dialect, str] = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages"}
MODELS: dict[Dialect, str] = {"openai": "gpt-4o", "anthropic": "claude-opus"}


@pytest.fixture(autouse=True)
def _nothing_leaks(gateway: Site, upstream: ScriptedUpstream) -> Iterator[None]:
    """Behind every test here: nothing of body or key is kept, and the process is well."""
    yield
    assert gateway.traces_of(MARKER, KEY) == []
    assert "Traceback" not in gateway.said()
    assert gateway.alive()


@dataclass(frozen=True)
class Heard:
    """One HTTP response as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever was answered
        return json.loads(self.body)


class Line:
    """A connection on which anything can be said."""

    def __init__(self, gateway: Site) -> None:
        self._socket = socket.create_connection(("127.0.0.1", gateway.port), timeout=60)
        self._reader = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()
        self._socket.close()

    def say(self, data: bytes) -> None:
        self._socket.sendall(data)

    def hear(self) -> Heard:
        status = int(self._reader.readline().split()[1])
        headers: dict[str, str] = {}
        while line := self._reader.readline().strip():
            name, _, value = line.decode("latin-1").partition(": ")
            headers[name] = value
        return Heard(status, headers, self._reader.read(int(headers.get("content-length", "0"))))

    def ended(self) -> bool:
        """Whether the other side closes; waits for that."""
        try:
            return self._reader.read(1) == b""
        except ConnectionError:
            return True


def head(dialect: Dialect, *fields: bytes, first: bytes = b"") -> bytes:
    first = first or b"POST " + PATHS[dialect].encode() + b" HTTP/1.1"
    version = [b"anthropic-version: 2023-06-01"] if dialect == "anthropic" else []
    lines = [first, b"host: gateway", b"authorization: Bearer " + KEY.encode(), *version, *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def request(dialect: Dialect, body: bytes, *fields: bytes, first: bytes = b"") -> bytes:
    return head(dialect, b"content-length: %d" % len(body), *fields, first=first) + body


def sane(dialect: Dialect, text: str = MARKER) -> bytes:
    message = {"role": "user", "content": text}
    return json.dumps({"model": MODELS[dialect], "max_tokens": 9, "messages": [message]}).encode()


def ask(gateway: Site, data: bytes) -> Heard:
    with Line(gateway) as line:
        line.say(data)
        return line.hear()


def assert_refused(gateway: Site, heard: Heard, dialect: Dialect, status: int, code: str) -> None:
    """The caller's envelope, and one record."""
    assert heard.status == status
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["x-should-retry"] == "false"
    body = heard.json()
    if dialect == "openai":
        assert body.keys() == {"error"}
        error = body["error"]
        assert error.keys() == {"message", "type", "param", "code", "lictor"}
        assert error["code"] == code
        assert heard.headers["x-request-id"] == error["lictor"]["decision_id"]
    else:
        assert body.keys() == {"type", "error", "request_id"}
        error = body["error"]
        assert (body["type"], error["lictor"]["code"]) == ("error", code)
        assert heard.headers["request-id"] == body["request_id"]
    assert isinstance(error["message"], str)
    decision_id = heard.headers["x-lictor-decision-id"]
    assert decision_id == error["lictor"]["decision_id"]
    (record,) = gateway.exchange(decision_id)
    assert (record["type"], record["status"], record["code"]) == ("refused", status, code)


def malformed(dialect: Dialect) -> dict[str, tuple[bytes, str]]:
    """Bodies and the code of their refusal."""
    whole = sane(dialect)
    model = MODELS[dialect]
    text = f'"{MARKER}"'

    def body(messages: str, more: str = "") -> bytes:
        return f'{{"model": "{model}", "max_tokens": 9, "messages": {messages}{more}}}'.encode()

    def said(content: str) -> bytes:
        return body(f'[{{"role": "user", "content": {content}}}]')

    return {
        "truncated": (whole[:-20], "malformed_json"),
        "trailing": (whole + b"{}", "malformed_json"),
        "comment": (b"/* */" + whole, "malformed_json"),
        "single quotes": (whole.replace(b'"', b"'"), "malformed_json"),
        "control character": (said('"a\nb"'), "malformed_json"),
        "duplicate key": (body("[]", f', "model": {text}'), "duplicate_key"),
        "duplicate key, escaped": (body("[]", f', "mod\\u0065l": {text}'), "duplicate_key"),
        "duplicate key, deep": (said(f'[{{"type": "text", "text": "", "text": {text}}}]'), "duplicate_key"),
        "NaN": (body("[]", ', "temperature": NaN'), "malformed_json"),
        "Infinity": (body("[]", ', "temperature": -Infinity'), "malformed_json"),
        "too large a number": (body("[]", ', "temperature": 1e999'), "number_out_of_range"),
        "invalid UTF-8": (said('"\xff"').replace("ÿ".encode(), b"\xff"), "invalid_utf8"),
        "overlong UTF-8": (said('"?"').replace(b"?", b"\xc0\xaf"), "invalid_utf8"),
        "UTF-16": (whole.decode().encode("utf-16"), "malformed_json"),
        "byte order mark": (b"\xef\xbb\xbf" + whole, "byte_order_mark"),
        "lone surrogate": (said('"\\ud800"'), "lone_surrogate"),
        "lone low surrogate": (said('"\\udc00"'), "lone_surrogate"),
        "deep lists": (body("[" * 10_000 + "]" * 10_000), "too_deep"),
        "deep objects": (body('{"a":' * 10_000 + "1" + "}" * 10_000), "too_deep"),
        "empty": (b"", "empty_body"),
        "white space": (b" \r\n\t", "empty_body"),
        "a list": (b"[%b]" % whole, "invalid_type"),
        "a string": (text.encode(), "invalid_type"),
        "null": (b"null", "invalid_type"),
        "no model": (b'{"messages": []}', "invalid_type"),
        "model is a number": (b'{"model": 7, "messages": []}', "invalid_type"),
        "no messages": (f'{{"model": "{model}"}}'.encode(), "invalid_type"),
        "messages are text": (body(text), "invalid_type"),
        "message is text": (body(f"[{text}]"), "invalid_type"),
        "no role": (body(f'[{{"content": {text}}}]'), "invalid_type"),
        "content is a number": (said("7"), "invalid_type"),
        "part is text": (said(f"[{text}]"), "invalid_type"),
        "stream is text": (body("[]", ', "stream": "true"'), "invalid_type"),
        "stream is a number": (body("[]", ', "stream": 1'), "invalid_type"),
        "tools are an object": (body("[]", ', "tools": {"a": 1}'), "invalid_type"),
        "tool is text": (body("[]", f', "tools": [{text}]'), "invalid_type"),
    }


CASES = sorted(malformed("openai"))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("dialect", PATHS)
def test_malformed_bodies(gateway: Site, upstream: ScriptedUpstream, dialect: Dialect, case: str) -> None:
    body, code = malformed(dialect)[case]
    assert_refused(gateway, ask(gateway, request(dialect, body)), dialect, 400, code)
    assert upstream.requests == []


# --- size and encoding ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize("length", [BODY_LIMIT + 1, 10**15])
def test_a_body_that_is_announced_too_large(gateway: Site, dialect: Dialect, length: int) -> None:
    heard = ask(gateway, head(dialect, b"content-length: %d" % length))
    assert_refused(gateway, heard, dialect, 413, "request_too_large")


@pytest.mark.parametrize("dialect", PATHS)
def test_a_body_that_grows_too_large(gateway: Site, upstream: ScriptedUpstream, dialect: Dialect) -> None:
    chunk = b"%x\r\n%b\r\n" % (65536, b'{"a": "' + MARKER.encode() + b" " * (65536 - 7 - len(MARKER)))
    with Line(gateway) as line:
        line.say(head(dialect, b"transfer-encoding: chunked"))
        for _ in range(BODY_LIMIT // 65536 + 1):
            line.say(chunk)
        assert_refused(gateway, line.hear(), dialect, 413, "request_too_large")
    assert upstream.requests == []


def test_a_body_of_exactly_the_limit_is_served(gateway: Site, upstream: ScriptedUpstream) -> None:
    body = sane("openai", "Hello")
    body += b" " * (BODY_LIMIT - len(body))
    assert ask(gateway, request("openai", body)).status == 200
    assert upstream.requests[0].body == body


@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize("coding", ["gzip", "GZIP", "deflate", "br", "identity, gzip", "x"])
def test_an_encoded_body(gateway: Site, upstream: ScriptedUpstream, dialect: Dialect, coding: str) -> None:
    body = gzip.compress(sane(dialect))
    heard = ask(gateway, request(dialect, body, b"content-encoding: " + coding.encode()))
    assert_refused(gateway, heard, dialect, 415, "unsupported_encoding")
    assert upstream.requests == []


def test_a_bomb_is_not_unpacked(gateway: Site) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    heard = ask(gateway, request("openai", bomb, b"content-encoding: gzip"))
    assert_refused(gateway, heard, "openai", 415, "unsupported_encoding")


# --- targets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/fine_tuning/jobs"),
        ("POST", "/v1/chat/completions/"),
        ("POST", "/V1/chat/completions"),
        ("POST", "/v1//chat/completions"),
        ("POST", "/v1/messages/../chat/completions"),
        ("POST", "/v1/messages/batches"),
        ("GET", "/v1/chat/completions"),
        ("PUT", "/v1/messages"),
        ("DELETE", "/v1/models/gpt-4o"),
        ("POST", "/v1/models"),
        ("OPTIONS", "/v1/messages"),
        ("GET", "/v1/models/"),
        ("GET", "/v1/models/%2e%2e"),
        ("GET", "/v1/models/%2e%2e%2fchat"),
        ("GET", "/v1/models/..%252f..%252fchat"),
        ("GET", "/v1/models/x/../../chat"),
        ("GET", "/"),
        ("POST", "/lictor"),
        ("GET", f"/{MARKER}"),
    ],
)
def test_unknown_targets(
    *, gateway: Site, upstream: ScriptedUpstream, dialect: Dialect, method: str, path: str
) -> None:
    body = sane(dialect) if method in ("POST", "PUT") else b""
    heard = ask(gateway, request(dialect, body, first=f"{method} {path} HTTP/1.1".encode()))
    spoken: Dialect = "anthropic" if path.startswith("/v1/messages") else dialect
    assert_refused(gateway, heard, spoken, 404, "unknown_endpoint")
    assert upstream.requests == []


def test_a_listing_takes_no_body(gateway: Site, upstream: ScriptedUpstream) -> None:
    heard = ask(gateway, request("openai", sane("openai"), first=b"GET /v1/models HTTP/1.1"))
    assert_refused(gateway, heard, "openai", 400, "unexpected_body")
    assert upstream.requests == []


def test_an_absolute_target_does_not_choose_the_upstream(gateway: Site, upstream: ScriptedUpstream) -> None:
    target = b"POST http://elsewhere.example/v1/chat/completions HTTP/1.1"
    assert ask(gateway, request("openai", sane("openai", "Hello"), first=target)).status == 200
    assert upstream.requests[0].path == "/v1/chat/completions"
    assert upstream.requests[0].header("host") == upstream.url.removeprefix("http://")


# --- framing --------------------------------------------------------------------------------------------

BODY = b'{"model":"gpt-4o","messages":[]}'
FRAMINGS = {
    "two lengths": [b"content-length: 32", b"content-length: 3"],
    "one length twice": [b"content-length: 32", b"content-length: 32"],
    "a list of lengths": [b"content-length: 32, 32"],
    "signed length": [b"content-length: +32"],
    "negative length": [b"content-length: -32"],
    "hexadecimal length": [b"content-length: 0x20"],
    "overflowing length": [b"content-length: " + b"9" * 40],
    "length and chunks": [b"content-length: 32", b"transfer-encoding: chunked"],
    "chunks and length": [b"transfer-encoding: chunked", b"content-length: 32"],
    "folded field": [b"content-length: 32", b"x-a: 1\r\n  x-b: 2"],
    "space in a name": [b"content-length: 32", b"x a: 1"],
    "space before the colon": [b"content-length: 32", b"x-a : 1"],
    "no colon": [b"content-length: 32", b"x-a"],
    "empty name": [b"content-length: 32", b": 1"],
    "bare carriage return": [b"content-length: 32", b"x-a: 1\rx-b: 2"],
    "bare line feed": [b"content-length: 32", b"x-a: 1\nx-b: 2"],
    "zero byte": [b"content-length: 32", b"x-a: 1\0"],
}


@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize("case", FRAMINGS)
def test_ambiguous_framing(gateway: Site, upstream: ScriptedUpstream, dialect: Dialect, case: str) -> None:
    with Line(gateway) as line:
        line.say(head(dialect, *FRAMINGS[case]) + BODY)
        assert_refused(gateway, line.hear(), dialect, 400, "malformed_http")
        assert line.ended()
    assert upstream.requests == []


@pytest.mark.parametrize(
    "body",
    [b"zz\r\n" + MARKER.encode(), b"-1\r\n\r\n", b"5\r\nabc\r\n0\r\n\r\n", b"1;\n\r\na\r\n0\r\n\r\n"],
)
def test_malformed_chunks(gateway: Site, upstream: ScriptedUpstream, body: bytes) -> None:
    with Line(gateway) as line:
        line.say(head("openai", b"transfer-encoding: chunked") + body)
        assert_refused(gateway, line.hear(), "openai", 400, "malformed_http")
        assert line.ended()
    assert upstream.requests == []


@pytest.mark.parametrize("coding", ["gzip", "xchunked", "chunked, identity"])
def test_unknown_transfer_codings(gateway: Site, upstream: ScriptedUpstream, coding: str) -> None:
    heard = ask(gateway, head("openai", b"transfer-encoding: " + coding.encode()) + BODY)
    assert_refused(gateway, heard, "openai", 400, "malformed_http")
    assert upstream.requests == []


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + MARKER.encode(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /v1/models HTTP/3.7\r\nhost: x\r\n\r\n",
        b"BREW /v1/models HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /v1/mod els HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /v1/models/\xc3\xa9 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT elsewhere.example:443 HTTP/1.1\r\nhost: x\r\n\r\n",
        MARKER.encode() + b"\r\n\r\n",
    ],
    ids=["TLS", "HTTP/2", "version", "method", "space", "UTF-8", "CONNECT", "words"],
)
def test_bytes_that_are_no_request(gateway: Site, data: bytes) -> None:
    with Line(gateway) as line:
        line.say(data)
        assert_refused(gateway, line.hear(), "openai", 400, "malformed_http")
        assert line.ended()


@pytest.mark.parametrize("dialect", PATHS)
@pytest.mark.parametrize(
    "fields",
    [
        [b"x-long: " + b"a" * 70_000],
        [b"x-%d: %d" % (number, number) for number in range(10_000)],
        [b"x" * 70_000 + b": a"],
    ],
    ids=["value", "number", "name"],
)
def test_too_large_a_head(
    gateway: Site, upstream: ScriptedUpstream, dialect: Dialect, fields: list[bytes]
) -> None:
    with Line(gateway) as line:
        line.say(head(dialect, *fields))
        assert_refused(gateway, line.hear(), dialect, 431, "headers_too_large")
        assert line.ended()
    assert upstream.requests == []


def test_a_head_without_an_end(gateway: Site) -> None:
    with Line(gateway) as line:
        line.say(b"GET /v1/models HTTP/1.1\r\nx-endless: ")
        for _ in range(40):
            try:
                line.say(b"a" * 65536)
            except ConnectionError:
                break
        assert line.ended() or line.hear().status == 431


# --- headers --------------------------------------------------------------------------------------------


def test_fields_of_the_callers_that_stay_here(gateway: Site, upstream: ScriptedUpstream) -> None:
    fields = [
        b"x-lictor-mode: off",
        b"X-Lictor-Decision: allow",
        b"x-forwarded-for: 10.0.0.1",
        b"cookie: a=b",
        b"connection: x-named, close",
        b"x-named: 1",
        b"te: trailers",
        b"expect: 100-continue",
        b"x-kept: 1",
    ]
    with Line(gateway) as line:
        line.say(request("openai", sane("openai", "Hello"), *fields))
        assert line.hear().status == 100
        assert line.hear().status == 200
    names = {name.lower() for name, _ in upstream.requests[0].headers}
    assert b"x-kept" in names
    assert not any(name.startswith((b"x-lictor", b"x-forwarded")) for name in names)
    assert names.isdisjoint({b"cookie", b"x-named", b"te", b"expect"})


def test_connection_may_name_the_credential(gateway: Site, upstream: ScriptedUpstream) -> None:
    fields = (b"connection: authorization",)
    assert ask(gateway, request("openai", sane("openai", "Hello"), *fields)).status == 200
    assert upstream.requests[0].header("authorization") is None


def test_fields_behind_the_body_are_no_headers(gateway: Site, upstream: ScriptedUpstream) -> None:
    body = sane("openai", "Hello")
    trailers = b"0\r\nx-api-key: other\r\nx-lictor-mode: off\r\nx-late: 1\r\n\r\n"
    framed = head("openai", b"transfer-encoding: chunked") + b"%x\r\n%b\r\n" % (len(body), body) + trailers
    assert ask(gateway, framed).status == 200
    (received,) = upstream.requests
    assert received.body == body
    assert [received.header(name) for name in ("x-api-key", "x-lictor-mode", "x-late")] == [None] * 3


def test_an_offer_of_another_protocol_is_ignored(gateway: Site, upstream: ScriptedUpstream) -> None:
    body = sane("openai", "Hello")
    fields = (b"connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAEAAEAAAAIAAAAB")
    with Line(gateway) as line:
        for _ in range(2):
            line.say(request("openai", body, *fields))
            assert line.hear().status == 200
    for received in upstream.requests:
        assert received.body == body
        assert [received.header(name) for name in ("connection", "upgrade", "http2-settings")] == [None] * 3


def test_a_value_that_is_not_utf8(gateway: Site, upstream: ScriptedUpstream) -> None:
    heard = ask(gateway, request("openai", sane("openai", "Hello"), b"x-a: caf\xe9"))
    assert (heard.status, heard.json()["error"]["code"]) == (400, "invalid_header")
    assert upstream.requests == []


# --- connections ----------------------------------------------------------------------------------------


def test_pipelined_requests_are_answered_in_order(gateway: Site, script: Script) -> None:
    script.say = lambda received: Turn(received.json()["messages"][0]["content"])
    with Line(gateway) as line:
        line.say(b"".join(request("openai", sane("openai", word)) for word in ("one", "two", "three")))
        answers = [line.hear().json()["choices"][0]["message"]["content"] for _ in range(3)]
    assert answers == ["one", "two", "three"]


def test_a_refusal_in_between_is_answered_in_its_place(gateway: Site) -> None:
    with Line(gateway) as line:
        line.say(request("openai", sane("openai", "one")) + request("openai", b"{") + request("openai", b""))
        assert [line.hear().status for _ in range(3)] == [200, 400, 400]


def test_a_refusal_is_no_answer_to_an_earlier_request(gateway: Site, script: Script) -> None:
    with Line(gateway) as line:
        line.say(request("openai", sane("openai", "Hello")) + MARKER.encode() + b"\r\n\r\n")
        assert line.ended()


def test_a_connection_survives_a_refusal(gateway: Site) -> None:
    with Line(gateway) as line:
        line.say(request("openai", b"{"))
        assert line.hear().status == 400
        line.say(request("openai", sane("openai", "Hello")))
        assert line.hear().status == 200


def test_a_body_that_comes_slowly(gateway: Site, upstream: ScriptedUpstream) -> None:
    body = sane("openai", "Hello")
    with Line(gateway) as line:
        line.say(head("openai", b"content-length: %d" % len(body)))
        for byte in body[:-1]:
            line.say(bytes([byte]))
        assert upstream.requests == []
        line.say(body[-1:])
        assert line.hear().status == 200
    assert upstream.requests[0].body == body


@pytest.mark.parametrize("dialect", PATHS)
def test_a_caller_that_leaves_amid_its_body(
    gateway: Site, upstream: ScriptedUpstream, dialect: Dialect
) -> None:
    def left() -> int:
        return sum(record.get("code") == "client_closed" for record in gateway.records())

    before = left()
    with Line(gateway) as line:
        line.say(head(dialect, b"content-length: 1000") + sane(dialect))
    eventually(lambda: left() == before + 1)
    assert upstream.requests == []
