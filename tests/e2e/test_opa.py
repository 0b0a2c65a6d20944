"""A gateway whose policy a real OPA evaluates: the same answers, and none without a judgement."""

import json
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.policy.bundle import load
from gateway.policy.shipped import baseline
from gateway.testing.upstream import ScriptedUpstream
from tests.e2e.harness import SECRET, Found, Site, Wiring, eventually, site, upstream_at
from tests.policy.opa_server import OpaServer, bundled, opa_binary, opa_server
from tests.server.reporting.sink import sink

pytestmark = pytest.mark.skipif(not opa_binary(), reason="there is no opa: `make opa` installs one")

FORBIDDEN = """package lictor.request

import rego.v1

deny contains {"rule": "house.rule", "reason": "%s"} if input.exchange.model == "gpt-forbidden"
"""


def wiring(upstream: ScriptedUpstream, opa: OpaServer | None, more: str = "", **settings: object) -> Wiring:
    section = "\n".join(f"{name} = {json.dumps(value)}" for name, value in settings.items())
    asked = f'[policy.opa]\nurl = "{opa.url}"\n{section}\n' if opa else ""
    return Wiring(
        policy={"engine": "opa", "reload_s": 0.1} if opa else {},
        upstreams=[upstream_at(upstream.url)],
        routes=[("gpt-*", "openai")],
        more=asked + more,
    )


def ask(running: Site, content: str = "Hello", model: str = "gpt-4o", **fields: object) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": content}], **fields}
    return httpx.post(f"{running.url}/v1/chat/completions", content=json.dumps(body), timeout=60)


@pytest.fixture
def opa(tmp_path: Path) -> Iterator[OpaServer]:
    """An OPA that looks for a new bundle in a file often, and is patient enough for a busy machine."""
    archive = bundled(baseline(), load(baseline()).revision, tmp_path / "bundles" / "lictor.tar.gz")
    with opa_server(tmp_path / "opa.log", "--watch", "--bundle", str(archive)) as server:
        yield server


PATIENT = {"timeout_ms": 30_000}


def test_answers_are_those_of_the_embedded_engine(
    tmp_path: Path, upstream: ScriptedUpstream, opa: OpaServer
) -> None:
    tools = [{"type": "function", "function": {"name": "shell", "parameters": {"type": "object"}}}]
    calls: list[tuple[str, dict[str, object]]] = [
        ("Hello", {}),
        ("Hello", {"stream": True}),
        (f"my key is {SECRET}", {}),
        ("write to joe@example.com or 4111 1111 1111 1111", {}),
        ("write to joe@example.com", {"stream": True}),
        ("Run it", {"tools": tools}),
        ("Hello", {"model": "not-on-the-list"}),
        ("Hello", {"model": "gpt-unheard-of"}),
    ]
    answers: list[list[tuple[int, bytes]]] = []
    forwarded: list[list[bytes]] = []
    # One key for both, so that placeholders are spelled alike.
    environment = {"LICTOR_DIGEST_KEY": "ab" * 32}
    for name, asked in (("embedded", None), ("opa", opa)):
        (tmp_path / name).mkdir()
        wired = wiring(upstream, asked, **PATIENT)  # type: ignore[arg-type]
        wired = Wiring(**{**wired.__dict__, "server": {"digest_key_env": "LICTOR_DIGEST_KEY"}})
        upstream.requests.clear()
        with site(tmp_path / name, wired, environment=environment) as running:
            got = [ask(running, content, **fields) for content, fields in calls]  # type: ignore[arg-type]
            answers.append([(answer.status_code, _without_ids(answer)) for answer in got])
            assert {answer.headers.get("x-lictor-policy-revision") for answer in got} - {None} == {
                load(baseline()).revision
            }
        forwarded.append([request.body for request in upstream.requests])
    assert answers[0] == answers[1]
    assert forwarded[0] == forwarded[1]
    assert {status for status, _ in answers[0]} >= {200, 400}
    assert forwarded[0]


def _without_ids(answer: httpx.Response) -> bytes:
    return answer.content.replace(answer.headers["x-lictor-decision-id"].encode(), b"ID")


def outcomes(running: Site) -> list[Found]:
    return [record for record in running.records() if record["type"] == "outcome"]


class Load:
    """Callers that ask on and on, some of them for what the policy forbids."""

    def __init__(self, running: Site) -> None:
        self.seen: list[tuple[str, int, str]] = []
        self._running = running
        self._over = threading.Event()

    @contextmanager
    def going(self) -> Iterator["Load"]:
        threads = [
            threading.Thread(target=self._ask, args=(text,)) for text in ("Hello", f"key {SECRET}", "Hi")
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _ask(self, text: str) -> None:
        while not self._over.is_set():
            answer = ask(self._running, text)
            self.seen.append((text, answer.status_code, answer.headers["x-lictor-decision"]))

    def counted(self, since: int = 0) -> Counter[str]:
        return Counter(decision for _, _, decision in self.seen[since:])


def test_a_killed_opa_lets_nothing_pass_unjudged(
    tmp_path: Path, upstream: ScriptedUpstream, opa: OpaServer
) -> None:
    wired = wiring(upstream, opa, timeout_ms=5000, failures=3, cooldown_s=0.2)
    with site(tmp_path, wired) as running, Load(running).going() as load_:
        eventually(lambda: load_.counted()["allow"] > 5)
        opa.kill()
        eventually(lambda: load_.counted()["error_closed"] > 20)
        during = len(load_.seen)
        opa.start()
        eventually(lambda: load_.counted(during)["allow"] > 5)
        metrics = httpx.get(f"{running.url}/lictor/metrics").text
        state = httpx.get(f"{running.url}/lictor/policy").json()
    for text, status, decision in load_.seen:
        assert (status, decision) in (
            [(503, "error_closed"), (400, "deny")]
            if SECRET in text
            else [(503, "error_closed"), (200, "allow")]
        )
    # What went upstream was allowed by a decision of the rules, one each, and recorded before.
    allowed = [r for r in running.records() if r["type"] == "decision" and r["decision"]["answer"] == "allow"]
    assert len(upstream.requests) == len(allowed)
    assert not any(SECRET.encode() in request.body for request in upstream.requests)
    assert 'lictor_opa_questions_total{fault="breaker_open",package="request"}' in metrics
    assert state["breaker"] == "closed"
    said = running.said()
    for word in ("open", "half_open", "closed"):
        assert f"the circuit breaker is {word}\n" in said
    reasons = {
        verdict["reason"]
        for record in running.records()
        for verdict in record.get("decision", {}).get("verdicts", ())
        if verdict["rule"] == "policy.fault"
    }
    assert "OPA failed before and is not asked for a while, so nothing is released." in reasons
    assert "Traceback" not in said


def test_an_opa_that_hangs_is_waited_for_no_longer_than_declared(
    tmp_path: Path, upstream: ScriptedUpstream, opa: OpaServer
) -> None:
    with site(tmp_path, wiring(upstream, opa, timeout_ms=1000, failures=2, cooldown_s=60)) as running:
        eventually(lambda: ask(running).status_code == 200)
        opa.pause()
        decisions = [ask(running) for _ in range(5)]
        assert {answer.status_code for answer in decisions} == {503}
        policy = [running.outcome(a.headers["x-lictor-decision-id"])["micros"]["policy"] for a in decisions]
        assert policy[0] >= 900_000
        assert policy[-1] < 900_000
        opa.resume()
    assert all("Hello" in request.body.decode() for request in upstream.requests)


def test_faults_may_be_declared_open(tmp_path: Path, upstream: ScriptedUpstream, opa: OpaServer) -> None:
    with site(tmp_path, wiring(upstream, opa, fail="open", **PATIENT)) as running:  # type: ignore[arg-type]
        opa.kill()
        answer = ask(running)
        assert (answer.status_code, answer.headers["x-lictor-decision"]) == (200, "error_open")
        decision = running.exchange(answer.headers["x-lictor-decision-id"])[0]["decision"]
    assert decision["answer"] == "error_open"
    assert decision["verdicts"][0]["reason"].endswith("and faults are declared open.")


def test_a_gateway_starts_before_its_opa(tmp_path: Path, upstream: ScriptedUpstream, opa: OpaServer) -> None:
    opa.kill()
    with site(tmp_path, wiring(upstream, opa, wait_s=0.1, cooldown_s=0.1, **PATIENT)) as running:  # type: ignore[arg-type]
        answer = ask(running)
        assert answer.status_code == 503
        (record,) = running.exchange(answer.headers["x-lictor-decision-id"])
        assert (record["answer"], record["outcome"]["code"]) == ("error_closed", "policy_fault.unreachable")
        opa.start()
        eventually(lambda: ask(running).status_code == 200)
        assert "OPA could not be reached" in running.said()


def test_bundles_change_under_load_and_every_decision_has_one_revision(
    tmp_path: Path, upstream: ScriptedUpstream, opa: OpaServer
) -> None:
    archive = tmp_path / "bundles" / "lictor.tar.gz"
    shutil.copytree(baseline(), tmp_path / "source")
    revisions = [load(baseline()).revision]
    with site(tmp_path, wiring(upstream, opa, **PATIENT)) as running, Load(running).going() as load_:  # type: ignore[arg-type]
        eventually(lambda: len(load_.seen) > 3)
        for number in range(3):
            before = len(load_.seen)
            (tmp_path / "source" / "house.rego").write_text(FORBIDDEN % f"Rule {number}.")
            revisions.append(f"r{number}")
            bundled(tmp_path / "source", revisions[-1], archive)
            eventually(
                lambda: (
                    ask(running, model="gpt-forbidden").headers["x-lictor-policy-revision"] == revisions[-1]
                )
            )
            answer = ask(running, model="gpt-forbidden")
            assert f"Rule {number}." in answer.text
            eventually(lambda: len(load_.seen) > before + 5)  # noqa: B023 - looked at before it changes
        eventually(lambda: _recorded(running) == revisions)
    assert {decision for _, _, decision in load_.seen} == {"allow", "deny"}
    decisions = [record["decision"] for record in running.records() if "decision" in record]
    assert {decision["revision"] for decision in decisions} == set(revisions)
    for decision in decisions:
        for verdict in decision.get("verdicts", ()):
            if verdict["rule"] == "house.rule":
                assert verdict["reason"] == f"Rule {decision['revision'][1:]}."
    assert _recorded(running) == revisions


def _recorded(running: Site) -> list[str]:
    """The revisions as they came; an answer of an old one may come in late."""
    seen = [record["revision"] for record in running.records() if record["type"] == "bundle"]
    return list(dict.fromkeys(seen))


@pytest.mark.parametrize("engine", ["embedded", "opa"])
def test_decisions_and_status_reach_a_service(
    tmp_path: Path, upstream: ScriptedUpstream, opa: OpaServer, engine: str
) -> None:
    with sink() as taking:
        more = (
            f'[policy.decision_logs]\nservice = "{taking.url}"\ndelay_s = 0.1\n'
            f'[policy.status]\nservice = "{taking.url}"\n'
        )
        with site(tmp_path, wiring(upstream, opa if engine == "opa" else None, more)) as running:
            answers = [ask(running), ask(running, f"key {SECRET}")]
            eventually(lambda: len(taking.logs) == 3)
            eventually(lambda: taking.reports)
    first, second = (answer.headers["x-lictor-decision-id"] for answer in answers)
    told = {event["decision_id"]: event for event in taking.logs}
    assert told.keys() == {f"{first}/request", f"{first}/response", f"{second}/request"}
    denied = told[f"{second}/request"]
    assert denied["result"]["deny"][0]["rule"] == "secrets.never_leave"
    assert denied["bundles"] == {"lictor": {"revision": load(baseline()).revision}}
    assert SECRET not in json.dumps(taking.logs)
    assert taking.reports[-1]["bundles"]["lictor"]["active_revision"] == load(baseline()).revision


def test_several_workers_tell_their_numbers_together(tmp_path: Path, upstream: ScriptedUpstream) -> None:
    with site(tmp_path, wiring(upstream, None), options=["--workers", "2"]) as running:
        for _ in range(20):
            assert ask(running).status_code == 200
        line = 'lictor_exchanges_total{answer="allow",ending="complete",endpoint="chat.completions"} 20.0'
        for _ in range(6):  # whichever worker is asked
            text = httpx.get(f"{running.url}/lictor/metrics").text
            assert line in text
            assert f'lictor_policy_revision{{revision="{load(baseline()).revision}"}} 1.0' in text
