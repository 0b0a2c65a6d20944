"""Bundles from a web server: whatever it answers, the last good revision stays, and why is told by name."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.policy.authority import Authority
from gateway.policy.build import archived, build
from gateway.policy.contents import Contents
from gateway.policy.keyring import Key, Keyring, generate
from gateway.policy.signing import Trust, sign
from gateway.server.bundles import MAX_DELAY_S, Remote, first
from gateway.server.fetching import Place
from tests.server.plain_web import Web, plain_web

KEY = generate("EdDSA")
TRUST = Trust(Keyring.of([Key("one", KEY.public_key())]))
RULE = 'package lictor.request\n\ndeny contains {"rule": "a.one", "reason": "%s"} if input.exchange.stream\n'
PLAN = 'package lictor.plan\n\ndetectors contains "patterns"\n\nresponse_detectors contains "patterns"\n'
BROKEN = "package lictor.request\n\ndeny contains {{\n"


@pytest.fixture
def web() -> Iterator[Web]:
    with plain_web() as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "bundle"
    root.mkdir()
    (root / "rule.rego").write_text(RULE % "One.")
    (root / "plan.rego").write_text(PLAN)
    return root


@pytest.fixture
def remote(web: Web, tmp_path: Path) -> Callable[..., Remote]:
    def make(**more: object) -> Remote:
        place = {"url": web.url, "timeout_s": 5.0, "limit_bytes": 100_000, **more}
        return Remote(Place(**place), tmp_path / "copies", TRUST)  # type: ignore[arg-type]

    return make


def serve(web: Web, folder: Path) -> None:
    """Put what the folder holds online, signed."""
    held = build(folder)
    web.body = archived(held, sign(held.files, KEY, "one"))


def change(web: Web, folder: Path, reason: str) -> None:
    (folder / "rule.rego").write_text(RULE % reason)
    serve(web, folder)


# --- what is good -----------------------------------------------------------------------------------------


async def test_a_new_bundle_is_put_in_force(web: Web, folder: Path, remote: Callable[..., Remote]) -> None:
    serve(web, folder)
    source = remote()
    authority = first(source, Authority)
    assert (authority.source, authority.key) == (web.url, "one")
    assert not authority.changed()

    assert await source.poll() == ""
    assert not authority.changed()
    assert "if-none-match" not in web.seen[0]
    assert web.seen[1]["if-none-match"] == source.state()["etag"]

    change(web, folder, "Two.")
    assert await source.poll() == ""
    assert authority.changed()
    report = authority.reload()
    assert report.accepted
    assert report.previous != report.revision
    assert (report.source, report.key) == (web.url, "one")
    assert not authority.changed()


async def test_without_etags_bytes_are_compared(
    web: Web, folder: Path, remote: Callable[..., Remote]
) -> None:
    serve(web, folder)
    web.etag = False
    source = remote()
    authority = first(source, Authority)
    await source.poll()
    assert not authority.changed()
    change(web, folder, "Two.")
    await source.poll()
    assert authority.changed()


async def test_a_token_is_sent_and_not_told(web: Web, folder: Path, remote: Callable[..., Remote]) -> None:
    serve(web, folder)
    source = remote(url=web.url + "?signature=s3cret", token="t0ken")
    await source.poll()
    assert web.seen[0]["authorization"] == "Bearer t0ken"
    assert "s3cret" not in str(source.state())
    assert "t0ken" not in str(source.state())


async def test_a_token_does_not_follow_to_another_server(
    web: Web, folder: Path, remote: Callable[..., Remote]
) -> None:
    with plain_web() as elsewhere:
        serve(elsewhere, folder)
        web.status, web.location = 302, elsewhere.url
        source = remote(token="t0ken")
        assert await source.poll() == ""
        assert source.changed()
        assert "authorization" in web.seen[0]
        assert "authorization" not in elsewhere.seen[0]


@pytest.mark.parametrize(
    ("url", "token", "words"),
    [
        ("https://me:pw@example.com/b.tar.gz", None, "with credentials"),
        ("https:///b.tar.gz", None, "not an address"),
        ("https://[::1/b.tar.gz", None, "not an address"),
        ("http://example.com/b.tar.gz", "t", "over https only"),
    ],
)
def test_unsafe_places(tmp_path: Path, url: str, token: str | None, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as told:
        Remote(Place(url, token), tmp_path, TRUST)
    assert "pw" not in str(told.value)


# --- what is not ------------------------------------------------------------------------------------------


def bad(web: Web, mood: str, folder: Path) -> None:
    """Let the server misbehave."""
    match mood:
        case "status: 500":
            web.status = 500
        case "status: 404":
            web.status = 404
        case "truncated":
            change(web, folder, "Two.")
            web.promise = 10
        case "too_large":
            web.body = bytes(100_001)
        case "redirect":
            web.status, web.location = 302, web.url
        case "timeout":
            web.slow.clear()


@pytest.mark.parametrize(
    "mood", ["status: 500", "status: 404", "truncated", "too_large", "redirect", "timeout"]
)
async def test_what_cannot_be_fetched(
    web: Web, folder: Path, remote: Callable[..., Remote], mood: str, caplog: pytest.LogCaptureFixture
) -> None:
    serve(web, folder)
    source = remote(timeout_s=0.5 if mood == "timeout" else 5.0)
    authority = first(source, Authority)
    revision, calm = authority.revision, source.delay_s(lambda: 0.5)
    bad(web, mood, folder)
    told = await source.poll()
    assert told.startswith(mood)
    assert told in caplog.text
    assert source.state()["reason"] == told
    assert not authority.changed()
    assert authority.revision == revision
    assert source.delay_s(lambda: 0.5) == 2 * calm

    assert await source.poll() == "", "old news"
    assert source.state()["failures"] == 2

    web.slow.set()
    web.status, web.promise, web.location = 200, 0, ""
    change(web, folder, "Three.")
    assert await source.poll() == ""
    assert (source.state()["reason"], source.state()["failures"]) == ("", 0)
    assert source.delay_s(lambda: 0.5) == calm
    assert authority.reload().accepted


async def test_nobody_is_there(remote: Callable[..., Remote]) -> None:
    told = await remote(url="http://127.0.0.1:1/b.tar.gz").poll()
    assert told.startswith("unreachable: ")


@pytest.mark.parametrize(
    ("mood", "rule"),
    [
        ("garbage", "archive"),
        ("damaged", "archive"),
        ("cut", "archive"),
        ("unsigned", "unsigned"),
        ("tampered", "file_changed"),
        ("stranger", "key_unknown"),
        ("broken", "deny"),
        ("bomb", "bomb"),
    ],
)
async def test_what_is_refused(
    web: Web, folder: Path, remote: Callable[..., Remote], mood: str, rule: str
) -> None:
    serve(web, folder)
    source = remote()
    authority = first(source, Authority)
    revision, good = authority.revision, web.body
    web.body = refused(mood, folder, good)
    assert await source.poll() == ""
    report = authority.reload()
    assert not report.accepted
    assert report.complaints[0].rule == rule
    assert web.url.removeprefix("http://") in report.complaints[0].file
    assert authority.revision == report.revision == revision
    assert authority.key == "one"
    assert not authority.changed(), "the same is not refused twice"

    again = remote()
    restarted = first(again, Authority)
    assert restarted.revision == revision, "a restart has the last good one"
    assert f"`{rule}`" in again.state()["from_copy"]
    assert restarted.changed(), "what the server offers is refused again, on record"
    assert not restarted.reload().accepted
    assert again.state()["from_copy"]

    web.body = good
    await again.poll()
    assert restarted.reload().accepted
    assert again.state()["from_copy"] == ""


def refused(mood: str, folder: Path, good: bytes) -> bytes:
    """What the server offers in place of a good bundle."""
    held = build(folder)
    return {
        "garbage": b"<html>Welcome to the hotel's network</html>",
        "damaged": good[:-9] + bytes([good[-9] ^ 1]) + good[-8:],
        "cut": good[: len(good) // 2],
        "unsigned": archived(held),
        "tampered": archived(changed(held, RULE % "Two."), sign(held.files, KEY, "one")),
        "stranger": archived(held, sign(held.files, KEY, "two")),
        "broken": archived(changed(held, BROKEN), sign(changed(held, BROKEN).files, KEY, "one")),
        "bomb": gzip.compress(bytes(50_000_000)),
    }[mood]


def changed(held: Contents, rule: str) -> Contents:
    files = {name: body for name, body in held.files.items() if name != ".manifest"}
    return replace(held, files={**files, "rule.rego": rule.encode()})


# --- starting without the server ----------------------------------------------------------------------------


async def test_a_start_without_the_server(
    web: Web, folder: Path, remote: Callable[..., Remote], caplog: pytest.LogCaptureFixture
) -> None:
    serve(web, folder)
    revision = first(remote(), Authority).revision
    web.status = 503
    source = remote()
    authority = first(source, Authority)
    assert (authority.revision, authority.key) == (revision, "one")
    assert "status: 503" in source.state()["from_copy"]
    assert "policy starts from the copy" in caplog.text
    assert not authority.changed()
    web.status = 200
    await source.poll()
    assert not authority.changed()
    assert source.state()["from_copy"] == "", "the server has the same one"


def test_a_first_start_without_the_server(web: Web, remote: Callable[..., Remote]) -> None:
    web.status = 503
    with pytest.raises(ConfigError, match="`unfetched`: status: 503"):
        first(remote(), Authority)


def test_the_copy_is_verified_too(
    web: Web, folder: Path, tmp_path: Path, remote: Callable[..., Remote]
) -> None:
    serve(web, folder)
    first(remote(), Authority)
    (copy,) = (tmp_path / "copies").iterdir()
    copy.write_bytes(archived(build(folder)))
    web.status = 503
    with pytest.raises(ConfigError, match="`unsigned`"):
        first(remote(), Authority)


def test_a_folder_that_takes_no_copy_costs_the_copy_only(
    web: Web, folder: Path, tmp_path: Path, remote: Callable[..., Remote], caplog: pytest.LogCaptureFixture
) -> None:
    serve(web, folder)
    (tmp_path / "copies").write_text("in the way")
    assert first(remote(), Authority).revision
    assert "no copy of the bundle is kept" in caplog.text


def test_replicas_do_not_ask_in_step(remote: Callable[..., Remote]) -> None:
    source = remote(poll_s=10.0)
    assert source.delay_s(lambda: 0.0) == pytest.approx(8.0)
    assert source.delay_s(lambda: 1.0) == pytest.approx(12.0)
    for _ in range(20):
        source.look = type(source.look)("x", failures=source.look.failures + 1)
    assert source.delay_s(lambda: 0.5) == MAX_DELAY_S


# --- what is old --------------------------------------------------------------------------------------------


def serve_numbered(web: Web, folder: Path, serial: int) -> None:
    held = build(folder, serial=serial)
    web.body = archived(held, sign(held.files, KEY, "one"))


async def test_an_older_bundle_is_refused_though_its_signature_is_good(
    web: Web, folder: Path, remote: Callable[..., Remote]
) -> None:
    serve_numbered(web, folder, 1)
    old = web.body
    source = remote()
    authority = first(source, Authority)
    (folder / "rule.rego").write_text(RULE % "Two.")
    serve_numbered(web, folder, 2)
    await source.poll()
    newer = authority.adopt(authority.prepare())
    assert newer.accepted
    for replayed in (old, _unnumbered(folder)):
        web.body = replayed
        await source.poll()
        report = authority.adopt(authority.prepare())
        assert (report.accepted, report.complaints[0].rule) == (False, "older")
        assert report.revision == newer.revision
    again = remote()
    assert first(again, Authority).revision == newer.revision, "a start falls back to the copy"
    assert "`older`" in again.state()["from_copy"]


def _unnumbered(folder: Path) -> bytes:
    (folder / "rule.rego").write_text(RULE % "Three.")
    held = build(folder)
    return archived(held, sign(held.files, KEY, "one"))
