"""Policy changes under load: nobody notices, except for the revision."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.policy.shipped import baseline
from gateway.testing.upstream import ScriptedUpstream
from tests.e2e.harness import Found, Site, Wiring, eventually, site, upstream_at

CHANGE = """package lictor.request

import rego.v1

deny contains {"rule": "house.rule", "reason": "%s"} if input.exchange.model == "gpt-forbidden"
"""
BROKEN = "package lictor.request\n\ndeny contains {{\n"


@pytest.fixture
def changing(tmp_path: Path, _upstream: ScriptedUpstream) -> Iterator[Site]:
    """A gateway with a bundle of its own, at which it looks often."""
    shutil.copytree(baseline(), tmp_path / "bundle")
    wiring = Wiring(
        policy={"bundle": str(tmp_path / "bundle"), "reload_s": 0.1},
        upstreams=[upstream_at(_upstream.url)],
        routes=[("gpt-*", "openai")],
    )
    with site(tmp_path, wiring) as running:
        yield running


class Load:
    """Callers that ask on and on; keeps the statuses and revisions that they saw."""

    def __init__(self, changing: Site) -> None:
        self.statuses: list[int] = []
        self.revisions: list[str] = []
        self._url = f"{changing.url}/v1/chat/completions"
        self._over = threading.Event()

    @contextmanager
    def going(self) -> Iterator["Load"]:
        threads = [threading.Thread(target=self._ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _ask(self) -> None:
        with httpx.Client(timeout=60) as client:
            while not self._over.is_set():
                answer = client.post(self._url, content=asking("gpt-4o"))
                self.statuses.append(answer.status_code)
                self.revisions.append(answer.headers["x-lictor-policy-revision"])


def asking(model: str) -> bytes:
    return json.dumps({"model": model, "messages": [{"role": "user", "content": "Hello"}]}).encode()


def write(changing: Site, text: str) -> None:
    """Put a rule in its place in one step."""
    draft = changing.folder / "draft"
    draft.write_text(text)
    draft.replace(changing.folder / "bundle" / "house.rego")


def bundles(changing: Site) -> list[Found]:
    return [record for record in changing.records() if record["type"] == "bundle"]


def revision(changing: Site) -> str:
    in_force: str = httpx.get(f"{changing.url}/lictor/policy").json()["revision"]
    return in_force


def test_a_rule_changes_under_load(changing: Site) -> None:
    first = revision(changing)
    with Load(changing).going() as load:
        eventually(lambda: first in load.revisions)

        write(changing, CHANGE % "Not here.")
        second = eventually(lambda: next((found for found in load.revisions if found != first), ""))
        denied = httpx.post(f"{changing.url}/v1/chat/completions", content=asking("gpt-forbidden"))
        assert denied.json()["error"]["lictor"]["reason"] == "Not here."

        write(changing, BROKEN)
        refused = eventually(lambda: [record for record in bundles(changing) if not record["accepted"]])[0]
        assert "house.rego" in refused["reason"]
        assert (refused["revision"], refused["previous"]) == (second, second)
        told = httpx.post(f"{changing.url}/lictor/policy/reload").json()
        assert told["accepted"] is False
        assert "house.rego" in told["reason"]
        assert told["revision"] == revision(changing) == second
        assert httpx.get(f"{changing.url}/lictor/policy").json()["last_reload"] == told
        assert f"policy is not reloaded, {second} stays in force: {told['reason']}" in changing.said()
        seen = len(load.revisions)
        eventually(lambda: len(load.revisions) > seen + 10)
        assert set(load.revisions[seen:]) == {second}
        still = httpx.post(f"{changing.url}/v1/chat/completions", content=asking("gpt-forbidden"))
        assert still.status_code == 400

        write(changing, CHANGE % "Mended.")
        third = eventually(
            lambda: next((found for found in load.revisions if found not in (first, second)), "")
        )
    assert set(load.statuses) == {200}
    assert set(load.revisions) == {first, second, third}
    accepted = [record["revision"] for record in bundles(changing) if record["accepted"]]
    assert accepted == [first, second, third]
    assert "Traceback" not in changing.said()


def test_a_reload_on_demand_is_on_record(changing: Site) -> None:
    before = revision(changing)
    for _ in range(2):
        told = httpx.post(f"{changing.url}/lictor/policy/reload").json()
        assert (told["accepted"], told["revision"]) == (True, before)
    assert [record["accepted"] for record in bundles(changing)] == [True, True, True]
