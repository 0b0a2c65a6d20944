"""A signed bundle on a web server, followed by a running gateway."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.policy.build import archived, build
from gateway.policy.keyring import Private, generate, write_pair
from gateway.policy.shipped import baseline
from gateway.policy.signing import sign
from gateway.testing.process import NotReady
from gateway.testing.upstream import ScriptedUpstream
from tests.e2e.harness import Found, Site, Wiring, eventually, site, upstream_at
from tests.server.plain_web import Web, plain_web

CHANGE = """package lictor.request

import rego.v1

deny contains {"rule": "house.rule", "reason": "%s"} if input.exchange.model == "gpt-forbidden"
"""


@pytest.fixture
def web() -> Iterator[Web]:
    with plain_web() as found:
        yield found


@pytest.fixture
def key(tmp_path: Path) -> Private:
    key = generate("EdDSA")
    write_pair(tmp_path / "release", key)
    return key


@pytest.fixture
def wiring(tmp_path: Path, web: Web, _upstream: ScriptedUpstream) -> Wiring:
    keys = f'[[policy.keys]]\nid = "release"\npath = "{tmp_path / "release.pub"}"\n'
    remote = f'[policy.remote]\npoll_s = 0.1\ncopies = "{tmp_path / "copies"}"\n'
    return Wiring(
        policy={"bundle": web.url},
        upstreams=[upstream_at(_upstream.url)],
        routes=[("gpt-*", "openai")],
        more=f"{keys}\n{remote}",
    )


def publish(web: Web, folder: Path, key: Private | None, reason: str = "") -> str:
    """Put the baseline and a rule of our own online; the answer is the revision."""
    root = folder / "bundle"
    shutil.copytree(baseline(), root, dirs_exist_ok=True)
    (root / "house.rego").write_text(CHANGE % (reason or "No."))
    held = build(root)
    web.body = archived(held, sign(held.files, key, "release") if key else None)
    return str(httpx.Response(200, content=held.files[".manifest"]).json()["revision"])


def policy(running: Site) -> Found:
    found: Found = httpx.get(f"{running.url}/lictor/policy").json()
    return found


def bundles(running: Site) -> list[Found]:
    return [record for record in running.records() if record["type"] == "bundle"]


def refused(running: Site, words: str) -> Found:
    """The record of a bundle that was refused, or could not be had, because of these words."""
    return eventually(
        lambda: [found for found in bundles(running) if not found["accepted"] and words in found["reason"]]
    )[0]


def test_a_bundle_is_followed(tmp_path: Path, web: Web, key: Private, wiring: Wiring) -> None:
    one = publish(web, tmp_path, key)
    with site(tmp_path, wiring) as running:
        assert (policy(running)["revision"], policy(running)["key"]) == (one, "release")
        (start,) = bundles(running)
        assert (start["revision"], start["source"], start["key"]) == (one, web.url, "release")
        assert start["reason"] == "start"

        two = publish(web, tmp_path, key, "Two.")
        eventually(lambda: policy(running)["revision"] == two)
        accepted = eventually(lambda: bundles(running)[1:])[0]
        assert (accepted["revision"], accepted["previous"], accepted["key"]) == (two, one, "release")
        body = {"model": "gpt-forbidden", "messages": [{"role": "user", "content": "Hello"}]}
        denied = httpx.post(f"{running.url}/v1/chat/completions", json=body)
        assert denied.json()["error"]["lictor"]["reason"] == "Two."

        publish(web, tmp_path, None, "Unsigned.")
        told = refused(running, "`unsigned`")
        assert (told["revision"], told["source"]) == (two, web.url)

        web.body = b"garbage"
        refused(running, "`archive`")
        web.status = 500
        refused(running, "status: 500")
        assert policy(running)["revision"] == two
        assert policy(running)["remote"]["reason"] == "status: 500"
        assert f"no bundle from {web.url}: status: 500" in running.said()

    with site(tmp_path, wiring) as running:
        assert policy(running)["revision"] == two, "from the copy on disk"
        assert "status: 500" in policy(running)["remote"]["from_copy"]
        start = next(found for found in bundles(running) if found["reason"].startswith("start from the copy"))
        assert (start["revision"], start["key"]) == (two, "release")
        web.status = 200
        three = publish(web, tmp_path, key, "Three.")
        told = httpx.post(f"{running.url}/lictor/policy/reload").json()
        assert (told["accepted"], told["revision"], told["key"]) == (True, three, "release")
        assert policy(running)["remote"]["from_copy"] == ""
        assert "Traceback" not in running.said()


@pytest.mark.parametrize("why", ["unsigned", "unfetched", "key_unknown", "archive"])
def test_no_start_with_a_bad_bundle(tmp_path: Path, web: Web, key: Private, wiring: Wiring, why: str) -> None:
    publish(web, tmp_path, key if why == "unfetched" else None)
    match why:
        case "unfetched":
            web.status = 404
        case "key_unknown":
            held = build(baseline())
            web.body = archived(held, sign(held.files, generate("EdDSA"), "stranger"))
        case "archive":
            web.body = b"garbage"
    with pytest.raises(NotReady), site(tmp_path, wiring):
        pass
    said = (tmp_path / "stderr").read_text()
    assert f"`{why}`" in said
    assert "Traceback" not in said


def test_an_archive_on_disk(tmp_path: Path, key: Private, wiring: Wiring) -> None:
    path = tmp_path / "bundle.tar.gz"
    held = build(baseline())
    path.write_bytes(archived(held, sign(held.files, key, "release")))
    local = Wiring(
        policy={"bundle": str(path), "reload_s": 0.1},
        upstreams=wiring.upstreams, routes=wiring.routes, more=wiring.more,
    )  # fmt: skip
    with site(tmp_path, local) as running:
        one = policy(running)
        assert (one["source"], one["key"], one["remote"]) == (str(path), "release", None)
        path.write_bytes(archived(held))
        refused(running, "`unsigned`")
        assert policy(running)["revision"] == one["revision"]
