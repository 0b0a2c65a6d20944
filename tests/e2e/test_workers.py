"""Several workers share one log, and stop without dropping anybody."""

import json
import threading
from pathlib import Path

import httpx
import pytest

from gateway.audit.verify import verify
from gateway.testing.upstream import Reply, ScriptedUpstream
from tests.e2e.harness import Script, Site, Wiring, eventually, every_record, site, upstream_at

ANSWER = b'{"choices": []}'


def wiring(upstream: ScriptedUpstream) -> Wiring:
    return Wiring(upstreams=[upstream_at(upstream.url, retries=0)], routes=[("gpt-*", "openai")])


def ask(running: Site, model: str = "gpt-4o") -> httpx.Response:
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "Hello"}]})
    return httpx.post(f"{running.url}/v1/chat/completions", content=body, timeout=60)


def serving(running: Site) -> set[str]:
    """The workers that have served somebody, by the boot of their records."""
    return {str(record["boot"]) for record in running.records() if record["type"] == "outcome"}


def test_two_workers_write_one_log(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    with site(tmp_path, wiring(upstream), options=["--workers", "2"]) as running:
        answered: list[str] = []

        def both_have_served() -> bool:
            answered.append(ask(running).headers["x-lictor-decision-id"])
            return len(serving(running)) == 2

        eventually(both_have_served)
        for decision_id in answered:
            assert running.kinds(decision_id) == ["decision", "outcome"]
    report = verify(tmp_path / "audit", strict=True)
    assert (report.exit_code, report.pending) == (0, 0), str(report)
    assert report.counts["decision"] == report.counts["outcome"] == len(answered)
    assert report.counts["open"] == report.counts["close"] == 2
    assert "Traceback" not in (tmp_path / "stderr").read_text()


@pytest.mark.parametrize("workers", [1, 2])
def test_open_exchanges_are_finished_before_the_end(
    tmp_path: Path, upstream: ScriptedUpstream, script: Script, workers: int
) -> None:
    script.always(Reply(ANSWER, delay_s=1.5))
    answers: list[httpx.Response] = []
    with site(tmp_path, wiring(upstream), options=["--workers", str(workers)]) as running:
        asking = [threading.Thread(target=lambda: answers.append(ask(running))) for _ in range(4)]
        for thread in asking:
            thread.start()
        eventually(lambda: len(upstream.requests) == 4)
        running.running.stop()
        for thread in asking:
            thread.join()
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, ANSWER)] * 4
    ids = {answer.headers["x-lictor-decision-id"] for answer in answers}
    completed = {
        record["exchange"]
        for record in every_record(tmp_path / "audit")
        if record["type"] == "outcome" and record["outcome"]["ending"] == "complete"
    }
    assert completed == ids
    report = verify(tmp_path / "audit", strict=True)
    assert (report.exit_code, report.pending) == (0, 0), str(report)
    assert "Traceback" not in (tmp_path / "stderr").read_text()
