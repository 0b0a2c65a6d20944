"""The gateway is killed under load: what any caller received is on record, and the log is whole."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from gateway.audit.verify import verify
from gateway.testing.upstream import ScriptedUpstream, Turn
from tests.e2e.harness import Script, Site, Wiring, eventually, every_record, site, upstream_at

BODY = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]})


class Callers:
    """Ask until told to stop; keep the decision id of every answer that arrived whole."""

    def __init__(self, running: Site) -> None:
        self.answered: list[str] = []
        self.unexpected: list[str] = []
        self._url = f"{running.url}/v1/chat/completions"
        self._over = threading.Event()

    @contextmanager
    def asking(self) -> Iterator["Callers"]:
        threads = [threading.Thread(target=self._ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def more(self, number: int = 50) -> None:
        """Wait until more answers have arrived."""
        seen = len(self.answered)
        eventually(lambda: len(self.answered) >= seen + number)

    def _ask(self) -> None:
        with httpx.Client(timeout=30) as client:
            while not self._over.is_set():
                try:
                    answer = client.post(self._url, content=BODY)
                except httpx.TransportError:
                    self._over.wait(0.02)
                    continue
                if answer.status_code == 200:
                    self.answered.append(answer.headers["x-lictor-decision-id"])
                else:
                    self.unexpected.append(answer.text)


def workers(running: Site) -> list[int]:
    """Process ids of the workers; the gateway itself where it has none."""
    parent = running.running.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(pid) for pid in children if _spawned(pid)] or [parent]


def _spawned(pid: str) -> bool:
    """Whether it is a worker; what has ended since it was listed is none."""
    with suppress(OSError):
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def wiring(upstream: ScriptedUpstream) -> Wiring:
    return Wiring(
        server={"access_log": False},
        upstreams=[upstream_at(upstream.url, retries=0)],
        routes=[("gpt-*", "openai")],
    )


def assert_on_record(folder: Path, answered: list[str]) -> None:
    """Decision and outcome of every answer."""
    kinds: dict[str, list[str]] = {}
    for record in every_record(folder / "audit"):
        kinds.setdefault(str(record.get("exchange")), []).append(str(record["type"]))
    missing = {id_: kinds.get(id_) for id_ in answered if kinds.get(id_) != ["decision", "outcome"]}
    assert missing == {}


def assert_intact(folder: Path) -> None:
    """Once a gateway has come back and gone again, all is published and verifies."""
    report = verify(folder / "audit")
    assert (report.exit_code, report.pending) == (0, 0), str(report)


@pytest.fixture(autouse=True)
def _answering(script: Script) -> None:
    script.always(Turn("Fine."))


def test_a_gateway_that_is_killed(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    answered: list[str] = []
    for _ in range(2):
        with site(tmp_path, wiring(upstream)) as running, Callers(running).asking() as callers:
            callers.more()
            running.running.kill()
        answered += callers.answered
        assert callers.unexpected == []
    assert_on_record(tmp_path, answered)
    with site(tmp_path, wiring(upstream)) as running, Callers(running).asking() as callers:
        callers.more()
    assert_on_record(tmp_path, answered + callers.answered)
    assert_intact(tmp_path)


def test_a_worker_that_is_killed(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    with (
        site(tmp_path, wiring(upstream), options=["--workers", "2"]) as running,
        Callers(running).asking() as callers,
    ):
        callers.more()
        victim = workers(running)[0]
        os.kill(victim, signal.SIGKILL)
        callers.more()
        # Another takes its place.
        eventually(lambda: victim not in (now := workers(running)) and len(now) == 2)
        callers.more()
    assert callers.unexpected == []
    assert_on_record(tmp_path, callers.answered)
    assert_intact(tmp_path)


def test_a_gateway_that_is_killed_with_its_workers(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    with (
        site(tmp_path, wiring(upstream), options=["--workers", "2"]) as running,
        Callers(running).asking() as callers,
    ):
        callers.more()
        pids = workers(running)
        assert len(pids) == 2
        running.running.process.kill()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        running.running.kill()
    assert callers.unexpected == []
    assert_on_record(tmp_path, callers.answered)
    with (
        site(tmp_path, wiring(upstream), options=["--workers", "2"]) as running,
        Callers(running).asking() as again,
    ):
        again.more()
    assert_on_record(tmp_path, callers.answered + again.answered)
    assert_intact(tmp_path)
