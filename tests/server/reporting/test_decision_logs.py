"""Events for a service that speaks OPA's API: of OPA's shape, without content, and never lost in silence."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.core.decision import Answer, Decision, Effect, Verdict
from gateway.core.exchange import Caller, Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.flow.commands import Judge
from gateway.policy.plan import Plan
from gateway.policy.shipped import baseline
from gateway.server.reporting.decision_logs import DecisionLogs, Logged, Shape
from gateway.server.reporting.service import Service
from tests.e2e.harness import eventually
from tests.policy.opa_server import bundled, opa_binary, opa_server
from tests.server.reporting.sink import Sink, sink

CONTENT = "joe@example.com"
EXCHANGE = Exchange("lx-1", "chat.completions", "openai_chat", Caller("k1", "acme"), model="gpt-4o")
QUESTION = Judge(
    "request",
    EXCHANGE,
    Plan(("patterns",), ()),
    [Segment("s0", "user", "text", "/messages/0/content", CONTENT)],
    [Finding("f0", "patterns", "1", "pii", "email", 0.9, "s0", 0, 15)],
    [Coverage("s0", "patterns", State.OK)],
)
DENY = Verdict("a.b", Effect.DENY, "No.", ("c:1",), ("f0",), params={"answer": "Sorry."})
DENIED = Decision("request", Answer.DENY, (DENY,), (), "r1")


@pytest.fixture
def taking() -> Iterator[Sink]:
    with sink() as running:
        yield running


def logs(taking: Sink, fates: Counter[str], **bounds: int) -> DecisionLogs:
    bounds = {"upload_bytes": 4096, "buffer_bytes": 1 << 20, **bounds}
    shape = Shape({"id": "n1"}, erase=("/input/caller/attributes", "/input/nothing"))

    def tell(fate: str, number: int) -> None:
        fates[fate] += number

    return DecisionLogs(Service(taking.url, "t"), shape, delay_s=0.01, tell=tell, **bounds)


class Rules:
    revision = "r1"

    def plan(self, exchange: Exchange) -> Plan:
        return QUESTION.plan

    def judge(self, question: Judge) -> Decision:
        return DENIED


async def test_a_decision_is_an_event(taking: Sink) -> None:
    fates: Counter[str] = Counter()
    reporting = logs(taking, fates)
    assert Logged(Rules(), reporting).judge(QUESTION) is DENIED
    assert await reporting.send()
    (event,) = taking.logs
    assert event["decision_id"] == "lx-1/request"
    assert event["bundles"] == {"lictor": {"revision": "r1"}}
    assert event["path"] == "lictor/request"
    said = {"rule": "a.b", "reason": "No.", "fail": "closed", "answer": "Sorry."}
    assert event["result"] == {"deny": [{**said, "controls": ["c:1"], "findings": ["f0"]}]}
    assert event["input"]["findings"][0]["label"] == "email"
    assert event["erased"] == ["/input/caller/attributes"]
    assert "attributes" not in event["input"]["caller"]
    assert CONTENT not in json.dumps(event)
    assert (taking.headers[0]["authorization"], taking.headers[0]["content-encoding"]) == ("Bearer t", "gzip")
    assert fates == {"uploaded": 1}


async def test_windows_of_a_stream_are_told_apart(taking: Sink) -> None:
    reporting = logs(taking, Counter())
    rules = Logged(Rules(), reporting)
    question = Judge("response", EXCHANGE, QUESTION.plan, (), (), ())
    for _ in range(3):
        rules.judge(question)
    await reporting.send()
    assert [event["decision_id"] for event in taking.logs] == [
        "lx-1/response", "lx-1/response/1", "lx-1/response/2",
    ]  # fmt: skip


async def test_events_travel_in_batches(taking: Sink) -> None:
    fates: Counter[str] = Counter()
    reporting = logs(taking, fates, upload_bytes=100)
    for number in range(10):
        reporting.add(b'{"n": %d, "pad": "0123456789"}' % number)
    reporting.add(b'{"n": 10, "pad": "%s"}' % (b"x" * 500))
    assert await reporting.send()
    assert taking.uploads == [3, 3, 3, 1, 1]
    assert [event["n"] for event in taking.logs] == list(range(11))
    assert fates == {"uploaded": 11}


async def test_what_is_not_taken_is_sent_again_and_what_is_lost_is_counted(taking: Sink) -> None:
    fates: Counter[str] = Counter()
    event = b'{"n": %3d}'
    reporting = logs(taking, fates, buffer_bytes=5 * len(event % 0))
    taking.status = 500
    for number in range(4):
        reporting.add(event % number)
    assert not await reporting.send()
    assert reporting.ailing
    for number in range(4, 8):
        reporting.add(event % number)
    assert not await reporting.send()
    assert fates == {"failed": 2, "dropped": 3}
    taking.status = 200
    assert await reporting.send()
    assert not reporting.ailing
    assert [event["n"] for event in taking.logs] == [3, 4, 5, 6, 7]
    assert fates == {"failed": 2, "dropped": 3, "uploaded": 5}


async def test_a_redirect_is_not_followed(taking: Sink) -> None:
    fates: Counter[str] = Counter()
    reporting = logs(taking, fates)
    reporting.add(b"{}")
    taking.status = 307
    assert not await reporting.send()
    assert fates == {"failed": 1}


@pytest.mark.skipif(not opa_binary(), reason="there is no opa: `make opa` installs one")
def test_the_shape_is_that_of_opa(taking: Sink, tmp_path: Path) -> None:
    """OPA, asked the same, sends events with the same keys; only its timers are its own."""
    archive = bundled(baseline(), "r1", tmp_path / "bundle.tar.gz")
    configured = [
        f"services.sink.url={taking.url}", "decision_logs.service=sink", "status.service=sink",
        "decision_logs.reporting.min_delay_seconds=1", "decision_logs.reporting.max_delay_seconds=1",
    ]  # fmt: skip
    options = [option for value in configured for option in ("--set", value)]
    reporting = logs(taking, Counter())
    with opa_server(tmp_path / "opa.log", "--bundle", str(archive), *options) as server:
        event = reporting.shape.event(QUESTION, DENIED, 0)
        reporting.add(event)
        asyncio.run(reporting.send())
        asked = json.loads(event)["input"]
        url = f"{server.url}/v1/data/lictor/request"
        assert httpx.post(url, json={"input": asked}).status_code == 200
        eventually(lambda: len(taking.logs) == 2)
    ours, theirs = taking.logs
    assert ours.keys() - {"custom", "erased"} == theirs.keys() - {"metrics", "req_id"} | {"requested_by"}
    assert ours["input"] == theirs["input"]
    for key in ("path", "labels", "bundles", "result"):
        assert type(ours[key]) is type(theirs[key])
    assert ours["path"] == theirs["path"]
    assert ours["result"].keys() <= theirs["result"].keys()
    assert [*ours["bundles"].values()] == [*theirs["bundles"].values()] == [{"revision": "r1"}]
    assert ours["timestamp"][:10] == theirs["timestamp"][:10]
    assert taking.headers[0]["content-type"] == taking.headers[-1]["content-type"]
