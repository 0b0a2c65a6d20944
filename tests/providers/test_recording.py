"""Recordings: what was answered once is answered again, byte for byte, and never by mistake."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.errors import UpstreamError
from gateway.providers.client import UpstreamRequest
from gateway.providers.passthrough import PassthroughClient
from gateway.providers.recording.client import MISSING, Mode, RecordingClient
from gateway.providers.recording.key import key_of
from gateway.providers.recording.store import Recording, Recordings
from gateway.providers.upstream import Upstream
from gateway.testing.upstream import Reply, ScriptedUpstream, Stream

Ask = Callable[..., UpstreamRequest]
At = Callable[..., Upstream]

BODY = b'{"model": "m", "messages": [{"role": "user", "content": "Hi"}]}'


async def asked(
    mode: Mode, root: Path, upstream: Upstream, request: UpstreamRequest
) -> tuple[int, list[bytes]]:
    async with PassthroughClient() as client:
        response = await RecordingClient(client, Recordings(root), mode).send(upstream, request)
        pieces = [piece async for piece in response.chunks()]
        await response.aclose()
        return response.status, pieces


def files(root: Path) -> list[Path]:
    return sorted(root.rglob("*.json"))


async def test_what_was_recorded_is_played_back_without_the_upstream(
    ask: Ask, at: At, tmp_path: Path
) -> None:
    async with ScriptedUpstream([Reply(b'{"x": "\xc3\xa9"}')]) as server:
        upstream = at(server.url)
        first = await asked("record", tmp_path, upstream, ask(BODY))
    assert b"".join(first[1]) == b'{"x": "\xc3\xa9"}'
    status, pieces = await asked("replay-or-fail", tmp_path, upstream, ask(BODY))
    assert (status, b"".join(pieces)) == (200, b"".join(first[1]))


async def test_streams_come_back_frame_by_frame(ask: Ask, at: At, tmp_path: Path) -> None:
    frames = [b"data: 1\n\n", b"data: \xff\n\n", b"data: [DONE]\n\n"]
    async with ScriptedUpstream([Stream(frames)]) as server:
        upstream = at(server.url)
        seen = await asked("record", tmp_path, upstream, ask(BODY, stream=True))
    again = await asked("replay-or-fail", tmp_path, upstream, ask(BODY, stream=True))
    assert again == seen
    kept = json.loads(files(tmp_path)[0].read_text())["recording"]["frames"]
    assert [at for at, *_ in kept] == sorted(at for at, *_ in kept)


async def test_without_a_recording_it_fails_loudly_and_asks_nobody(ask: Ask, at: At, tmp_path: Path) -> None:
    async with ScriptedUpstream() as server:
        with pytest.raises(UpstreamError, match="no recording") as raised:
            await asked("replay-or-fail", tmp_path, at(server.url), ask(BODY))
        assert server.requests == []
    assert raised.value.code == MISSING


async def test_replay_asks_only_for_what_is_not_kept(ask: Ask, at: At, tmp_path: Path) -> None:
    async with ScriptedUpstream(lambda _: Reply(b"{}")) as server:
        upstream = at(server.url)
        for _ in range(3):
            await asked("replay", tmp_path, upstream, ask(BODY))
        assert len(server.requests) == 1
        await asked("record", tmp_path, upstream, ask(BODY))
        assert len(server.requests) == 2


async def test_errors_of_the_upstream_are_not_kept(ask: Ask, at: At, tmp_path: Path) -> None:
    async with ScriptedUpstream([Reply(status=429), Reply(status=500)]) as server:
        for status in (429, 500):
            assert (await asked("record", tmp_path, at(server.url), ask(BODY)))[0] == status
    assert files(tmp_path) == []


async def test_half_an_answer_is_not_kept(ask: Ask, at: At, tmp_path: Path) -> None:
    async with ScriptedUpstream([Stream([b"data: 1\n\n"] * 3)]) as server, PassthroughClient() as client:
        response = await RecordingClient(client, Recordings(tmp_path), "record").send(
            at(server.url), ask(BODY, stream=True)
        )
        async for _ in response.chunks():
            break
        await response.aclose()
    assert files(tmp_path) == []


async def test_labels_and_credentials_neither_leave_nor_stay(ask: Ask, at: At, tmp_path: Path) -> None:
    headers = [(b"x-eval-epoch", b"2"), (b"x-eval-role", b"judge"), (b"authorization", b"Bearer sk-secret")]
    async with ScriptedUpstream([Reply(b"{}")]) as server:
        upstream = replace(at(server.url), key="sk-upstream")
        await asked("record", tmp_path, upstream, ask(BODY, headers=headers))
        assert not [name for name, _ in server.requests[0].headers if name.startswith(b"x-eval")]
    text = files(tmp_path)[0].read_text()
    assert "secret" not in text
    assert "sk-upstream" not in text


@pytest.mark.parametrize(
    "other",
    [
        {"body": BODY.replace(b"Hi", b"Ho")},
        {"path": "/completions"},
        {"headers": [(b"x-eval-epoch", b"2")]},
        {"headers": [(b"x-eval-role", b"judge")]},
        {"headers": [(b"x-eval-policy", b"sha256:1")]},
        {"headers": [(b"anthropic-version", b"2023-06-01")]},
    ],
)
def test_whatever_could_change_the_answer_changes_the_key(ask: Ask, at: At, other: dict[str, object]) -> None:
    upstream, request = at("http://127.0.0.1:1"), ask(BODY)
    assert key_of(upstream, replace(request, **other)) != key_of(upstream, request)  # type: ignore[arg-type]
    assert key_of(replace(upstream, name="other"), request) != key_of(upstream, request)


def test_spelling_and_credentials_do_not_change_the_key(ask: Ask, at: At) -> None:
    upstream = at("http://127.0.0.1:1")
    spelled = b'{"messages":[{"content":"Hi","role":"user"}],"model":"m"}'
    key = key_of(upstream, ask(BODY))
    assert key_of(upstream, ask(spelled, headers=[(b"authorization", b"Bearer other")])) == key
    assert key_of(replace(upstream, base_url="http://127.0.0.1:2/v1"), ask(BODY)) == key


async def test_how_long_the_upstream_took_is_told_with_what_it_said(ask: Ask, at: At, tmp_path: Path) -> None:
    async with ScriptedUpstream([Stream([b"data: 1\n\n", b"data: 2\n\n"], pause_s=0.05)]) as server:
        upstream = at(server.url)
        await asked("record", tmp_path, upstream, ask(BODY, stream=True))
    (kept,) = [Recordings(tmp_path).read(file.stem) for file in files(tmp_path)]
    assert kept is not None
    assert kept.took_us is not None
    assert kept.took_us >= 50_000
    async with PassthroughClient() as client:
        replaying = RecordingClient(client, Recordings(tmp_path), "replay-or-fail")
        again = await replaying.send(upstream, ask(BODY))
    assert dict(again.headers)[b"x-eval-recorded-ms"] == f"{kept.took_us / 1000:.3f}".encode()


async def test_a_recording_that_nobody_timed_tells_no_time(ask: Ask, at: At, tmp_path: Path) -> None:
    upstream = at("http://127.0.0.1:1")
    Recordings(tmp_path).write(key_of(upstream, ask(BODY)), Recording({}, 200, (), ((55, b"{}"),)))
    async with PassthroughClient() as client:
        replaying = RecordingClient(client, Recordings(tmp_path), "replay-or-fail")
        again = await replaying.send(upstream, ask(BODY))
    assert b"x-eval-recorded-ms" not in dict(again.headers)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pieces=st.lists(st.tuples(st.integers(0, 10**9), st.binary(max_size=60)), max_size=5),
    waited=st.none() | st.integers(0, 10**9),
)
def test_any_bytes_survive_the_disk(
    tmp_path: Path, pieces: list[tuple[int, bytes]], waited: int | None
) -> None:
    recording = Recording({"a": 1}, 200, ((b"content-type", b"text/plain"),), tuple(pieces), waited)
    Recordings(tmp_path).write("ab" * 32, recording)
    assert Recordings(tmp_path).read("ab" * 32) == recording


@pytest.mark.parametrize("damage", ["altered", "truncated", "other"])
async def test_damaged_recordings_are_named_and_never_played(
    ask: Ask, at: At, tmp_path: Path, damage: str
) -> None:
    async with ScriptedUpstream([Reply(b'{"fine": true}')]) as server:
        upstream = at(server.url)
        await asked("record", tmp_path, upstream, ask(BODY))
    (file,) = files(tmp_path)
    text = file.read_text()
    file.write_text(
        {"altered": text.replace("true", "false"), "truncated": text[:-40], "other": "[]"}[damage]
    )
    with pytest.raises(UpstreamError, match="recording"):
        await asked("replay", tmp_path, upstream, ask(BODY))


async def test_many_may_record_the_same_at_once(ask: Ask, at: At, tmp_path: Path) -> None:
    async with ScriptedUpstream(lambda _: Reply(b"{}")) as server:
        upstream = at(server.url)
        await asyncio.gather(*(asked("record", tmp_path, upstream, ask(BODY)) for _ in range(12)))
    assert len(files(tmp_path)) == 1
    assert (await asked("replay-or-fail", tmp_path, upstream, ask(BODY)))[0] == 200
