"""Exchanges whose bodies are forms or files, or that have none, and what their addresses say."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.decision import Answer, Decision, Effect, Obligation, Verdict
from gateway.core.exchange import Caller
from gateway.detect import Detection, Runner, default_detectors
from gateway.flow.call import Call
from gateway.flow.commands import Detect, Forward, Judge
from gateway.flow.machine import live
from gateway.providers.client import UpstreamRequest
from gateway.testing.playbook import REVISION, Upstreamed, World, allow, play
from gateway.wire.endpoints import locate
from tests.flow.test_machine import governance

RUNNER = Runner(default_detectors())
EMAIL = b"jane.doe@example.com"
FORM = [(b"content-type", b"multipart/form-data; boundary=x")]


def scan(command: Detect) -> Detection:
    return RUNNER.detect_inline(command.segments, command.detectors)


def mask(question: Judge) -> Decision:
    """Everything that is found is masked."""
    found = tuple(f.id for f in question.findings)
    if not found:
        return allow(question.phase)
    verdict = Verdict("pii.mask", Effect.REDACT, "personal data", findings=found)
    duty = Obligation(Effect.REDACT, "pii.mask", found, {})
    return Decision(question.phase, Answer.TRANSFORM, (verdict,), (duty,), REVISION)


def asking(
    method: str, path: str, body: bytes = b"", headers: list[tuple[bytes, bytes]] | None = None
) -> Call:
    found = locate(method, path, [])
    assert found is not None
    return Call(
        id="lx-1",
        endpoint=found.endpoint,
        method=method,
        path=found.template.below(path),
        headers=headers or [],
        body=body,
        caller=Caller(),
        received_ms=1,
        template=found.template,
        parts=found.parts,
    )


def run(
    call: Call, answer: bytes = b"{}", kind: bytes = b"application/json",
    decide: Callable[[Judge], Decision] = mask,
) -> World:  # fmt: skip
    world = World(Upstreamed(answer, content_type=kind), decide=decide, detect=scan)
    return play(live(call, governance()), world)


def sent(world: World) -> UpstreamRequest:
    return next(command.request for command in world.commands if isinstance(command, Forward))


def reasons(record: dict[str, Any]) -> set[str]:
    return {entry["reason"] for entry in record["coverage"] if entry["detectors"] == ["*"]}


def field(name: str, value: bytes, more: str = "") -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"


SOUND = field("file", b"RIFF\x00\xff", '; filename="a.wav"')
HEARD = SOUND + field("model", b"m1") + field("prompt", b"ask " + EMAIL) + b"--x--\r\n"


def test_a_form_is_edited_and_renamed_in_place() -> None:
    world = run(asking("POST", "/v1/audio/transcriptions", HEARD, FORM), b'{"text":"hi"}')
    masked = HEARD.replace(EMAIL, b"[EMAIL]")
    assert sent(world).body == masked
    assert sent(world).model == "m1"
    renamed = sent(world).renamed
    assert renamed is not None
    assert renamed("m/2") == masked.replace(b"\r\nm1\r\n", b"\r\nm/2\r\n")
    assert reasons(world.records[0]) == {"audio"}


def test_a_form_without_its_type_is_refused() -> None:
    world = run(asking("POST", "/v1/audio/transcriptions", HEARD))
    assert (world.asked, world.reply.status) == (["Record", "Reply"], 400)
    assert world.records[0]["code"] == "invalid_content_type"


@pytest.mark.parametrize(
    ("answer", "kind", "delivered"),
    [
        (b'{"text":"ask ' + EMAIL + b'"}', b"application/json", b'{"text":"ask [EMAIL]"}'),
        (b"1\n00:01 ask " + EMAIL, b"text/plain", b"1\n00:01 ask [EMAIL]"),
        (b"WEBVTT " + EMAIL, b"text/vtt", b"WEBVTT [EMAIL]"),
    ],
)
def test_a_transcript_is_masked_in_every_form(answer: bytes, kind: bytes, delivered: bytes) -> None:
    assert run(asking("POST", "/v1/audio/transcriptions", HEARD, FORM), answer, kind).reply.body == delivered


def test_sound_comes_as_it_is_and_the_record_says_that_nobody_listened() -> None:
    body = json.dumps({"model": "m", "voice": "v", "input": "hi"}).encode()
    world = run(asking("POST", "/v1/audio/speech", body), b"ID3\x00" + EMAIL, b"audio/mpeg")
    assert world.reply.body == b"ID3\x00" + EMAIL
    assert reasons(world.records[-1]) == {"audio"}


def test_a_file_that_is_fetched_is_masked() -> None:
    rows = b'{"custom_id":"a","response":{"body":{"object":"chat.completion","choices":[{"message":'
    rows += b'{"content":"' + EMAIL + b'"}}]}}}\n'
    world = run(asking("GET", "/v1/files/file-1/content"), rows, b"application/octet-stream")
    assert world.reply.body == rows.replace(EMAIL, b"[EMAIL]")
    assert sent(world).path == "/files/file-1/content"


def test_a_batch_with_a_tool_that_must_go_is_denied_whole() -> None:
    body = {"model": "m", "messages": [], "tools": [{"type": "function", "function": {"name": "t"}}]}
    row = json.dumps({"custom_id": "a", "url": "/v1/chat/completions", "body": body}).encode()
    form = field("purpose", b"batch") + field("file", row, '; filename="a"') + b"--x--\r\n"

    def strip(question: Judge) -> Decision:
        assert question.exchange.tools == ("t",)
        duty = Obligation(Effect.STRIP_TOOL, "tools.stripped", (), {"tool": "t"})
        return Decision("request", Answer.TRANSFORM, (), (duty,), REVISION)

    world = run(asking("POST", "/v1/files", form, FORM), decide=strip)
    assert "Forward" not in world.asked
    assert world.records[0]["decision"]["verdicts"][0]["rule"] == "obligation.unmet"


def test_a_response_that_is_fetched_names_no_model_and_goes_to_its_own_family() -> None:
    world = run(asking("GET", "/v1/responses/resp_1?stream=true"))
    assert (sent(world).model, sent(world).stream, sent(world).renamed) == ("", True, None)
    assert sent(world).path == "/responses/resp_1?stream=true"
    assert not sent(run(asking("DELETE", "/v1/responses/resp_1"))).stream


def test_a_body_where_none_belongs_is_refused() -> None:
    world = run(asking("POST", "/v1/responses/resp_1/cancel", b'{"a":1}'))
    assert (world.asked, world.reply.status) == (["Record", "Reply"], 400)
    assert world.records[0]["code"] == "unexpected_body"


@pytest.mark.parametrize(
    "path", ["/v1/responses/resp_1?note=jane.doe@example.com", "/v1/files/jane.doe@example.com"]
)
def test_an_address_that_says_too_much_is_not_sent_on(path: str) -> None:
    world = run(asking("GET", path))
    assert "Forward" not in world.asked
    assert world.reply.status == 400


def test_an_address_of_plain_words_says_nothing() -> None:
    world = run(asking("GET", "/v1/files?limit=20&after=file-abc&purpose=batch"))
    assert world.asked == ["Prepare", "Judge", "Record", "Forward", "Collect", "Judge", "Record", "Reply"]


def test_what_nobody_looks_at_may_be_a_form_too() -> None:
    unread = replace(governance(), judges=False)
    form = HEARD.replace(b"--x--", field("stream", b"true") + b"--x--")
    world = play(live(asking("POST", "/v1/audio/transcriptions", form, FORM), unread), World())
    assert sent(world).body == form
    assert (sent(world).model, sent(world).stream) == ("m1", True)
