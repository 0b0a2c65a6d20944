"""An exchange that Envoy carries, without Envoy."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.core.decision import Decision, Effect
from gateway.core.errors import CallerError
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.detect.runner import Detection
from gateway.flow.commands import Content, Judge
from gateway.flow.machine import live
from gateway.providers.client import UpstreamRequest
from gateway.providers.upstream import Upstream
from gateway.server.driver import Services
from gateway.server.envoy.driver import Asked, EnvoyDriver
from gateway.server.envoy.messages import Stage, Told
from gateway.server.envoy.protobuf import message, messages, number
from gateway.testing.playbook import World, allow
from tests.flow.test_machine import ANSWER, CHAT, PLAN, call, denying, finding, governance, wanting

BODY = json.dumps(CHAT).encode()
LENGTH = (b"content-length", b"%d" % len(BODY))


@dataclass
class Envoy:
    """Tells what a script says, and keeps what it is told. ``world`` plays the rest of the gateway."""

    answer: bytes = ANSWER
    status: bytes = b"200"
    headers: Sequence[tuple[bytes, bytes]] = ()
    leaves: bool = False
    world: World = field(default_factory=World)
    said: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        fields = [(b":status", self.status), (b"content-length", b"%d" % len(self.answer)), *self.headers]
        self.tells = [
            Told("response_headers", fields, last=not self.answer),
            Told("response_body", body=self.answer),
        ]

    async def hear(self) -> Told | None:
        return None if self.leaves else self.tells.pop(0)

    async def say(self, raw: bytes) -> None:
        self.said.append(raw)

    # -- what the driver performs commands with --------------------------------------------------

    def judge(self, question: Judge) -> Decision:
        decision = self.world.perform(question)
        assert isinstance(decision, Decision)
        return decision

    def inline(self, detectors: Sequence[str]) -> bool:
        return True

    def detect_inline(self, segments: Sequence[Segment], detectors: Sequence[str]) -> Detection:
        found = self.world.findings.get("response" if self.said else "request", ())
        coverage = [Coverage(segment.id, name, State.OK) for segment in segments for name in detectors]
        return Detection(tuple(found), tuple(coverage))

    async def append_all(
        self, records: Sequence[dict[str, Any]], contents: Sequence[Content] = (), *, required: bool = True
    ) -> bool:
        self.records = [*getattr(self, "records", []), *records]
        return required

    async def serve(self, *headers: tuple[bytes, bytes], keys: bool = False) -> "Envoy":
        asked = Asked("request_body", [LENGTH, *headers], BODY, keys)
        services = Services(self, self, self)  # type: ignore[arg-type]
        driver = EnvoyDriver(services, self, asked, self.hear, self.say)
        await driver.drive(live(call(raw=BODY), governance(PLAN)))
        return self


def common(raw: bytes, stage: Stage) -> bytes:
    numbers = {"request_headers": 1, "response_headers": 2, "request_body": 3, "response_body": 4}
    return message(message(raw, numbers[stage]), 1)


def headers(raw: bytes) -> dict[bytes, bytes]:
    options = (message(option, 1) for option in messages(message(raw, 2), 1))
    return {message(header, 1): message(header, 3) for header in options}


def removed(raw: bytes) -> list[bytes]:
    return list(messages(message(raw, 2), 2))


def body(raw: bytes) -> bytes:
    return message(message(raw, 3), 1)


async def test_what_passes_passes_as_it_is() -> None:
    envoy = await Envoy().serve()
    request, head, response = envoy.said
    assert body(common(request, "request_body")) == b""
    assert headers(common(request, "request_body"))[b"x-lictor-upstream"] == b"one"
    assert headers(common(request, "request_body"))[b"accept-encoding"] == b"identity"
    assert common(head, "response_headers") == b""
    assert body(common(response, "response_body")) == b""
    assert headers(common(response, "response_body"))[b"x-lictor-decision"] == b"allow"
    assert [record["type"] for record in envoy.records] == ["decision", "outcome"]


async def test_changed_bodies_come_with_their_length() -> None:
    found: dict[Any, list[Finding]] = {"request": [finding(5, 16)], "response": [finding(5, 8)]}
    world = World(
        findings=found, decide=lambda asked: wanting(asked.phase, Effect.REDACT, **{"with": "mask"})
    )
    request, _, response = (await Envoy(world=world).serve()).said
    for raw, stage in ((request, "request_body"), (response, "response_body")):
        answer = common(raw, stage)  # type: ignore[arg-type]
        assert b"[EMAIL]" in body(answer)
        assert headers(answer)[b"content-length"] == b"%d" % len(body(answer))


@pytest.mark.parametrize("phase", ["request", "response"])
async def test_a_denial_is_answered_at_once(phase: str) -> None:
    world = World(decide=lambda asked: (denying if asked.phase == phase else allow)(asked.phase))
    envoy = await Envoy(world=world).serve()
    immediate = message(envoy.said[-1], 7)
    assert number(message(immediate, 1), 1) == 400
    assert b"Denied by policy" in message(immediate, 3)
    assert b"555" not in message(immediate, 3)
    assert len(envoy.said) == (1 if phase == "request" else 3)


async def test_an_upstreams_error_passes_as_it_is() -> None:
    envoy = await Envoy(answer=b'{"error":{}}', status=b"429").serve()
    answer = common(envoy.said[-1], "response_body")
    assert body(answer) == b""
    assert envoy.records[-1]["outcome"]["status"] == 429


async def test_an_answer_without_a_body_is_one() -> None:
    envoy = await Envoy(answer=b"", status=b"503").serve()
    assert headers(common(envoy.said[-1], "response_headers"))[b"x-lictor-decision-id"] == b"lx-1"


async def test_a_coded_answer_is_decoded_to_be_read() -> None:
    envoy = Envoy(answer=gzip.compress(ANSWER), headers=[(b"content-encoding", b"gzip"), (b"digest", b"x")])
    answer = common((await envoy.serve()).said[-1], "response_body")
    assert body(answer) == ANSWER
    assert set(removed(answer)) == {b"content-encoding", b"digest"}
    assert headers(answer)[b"content-length"] == b"%d" % len(ANSWER)


async def test_what_cannot_be_decoded_is_not_released() -> None:
    envoy = await Envoy(headers=[(b"content-encoding", b"br")]).serve()
    assert number(message(message(envoy.said[-1], 7), 1), 1) == 502
    assert envoy.records[-1]["outcome"]["ending"] == "upstream_error"


async def test_labels_and_keys_of_ours_do_not_travel() -> None:
    own = [(b"x-lictor-decision", b"allow"), (b"authorization", b"Bearer k"), (b"x-team", b"a")]
    envoy = await Envoy(headers=[(b"x-lictor-spoof", b"1")]).serve(*own, keys=True)
    assert set(removed(common(envoy.said[0], "request_body"))) == {b"x-lictor-decision", b"authorization"}
    assert removed(common(envoy.said[-1], "response_body")) == [b"x-lictor-spoof"]
    kept = await Envoy().serve(*own)
    assert removed(common(kept.said[0], "request_body")) == [b"x-lictor-decision"]


async def test_a_caller_that_leaves_still_gets_an_outcome() -> None:
    envoy = await Envoy(leaves=True).serve()
    assert [record["type"] for record in envoy.records] == ["decision", "outcome"]
    assert envoy.records[-1]["outcome"]["ending"] == "disconnected"
    assert len(envoy.said) == 1


async def test_an_answer_in_another_order_is_not_released() -> None:
    envoy = Envoy()
    envoy.tells.reverse()
    await envoy.serve()
    assert number(message(message(envoy.said[-1], 7), 1), 1) == 502


@pytest.mark.parametrize(
    ("upstream", "asked"),
    [
        (Upstream("one", "anthropic", "http://a.example"), {}),
        (Upstream("one", "azure", "http://a.example", api_version="v1"), {}),
        (Upstream("one", "openai", "http://a.example"), {"azure": True}),
        (
            Upstream("one", "openai", "http://a.example", models={"m": "n"}),
            {"renamed": lambda _: BODY, "path_for": lambda name: f"/models/{name}"},
        ),
    ],
    ids=["another dialect", "Azure's paths", "not Azure's paths", "another path"],
)
async def test_what_envoy_cannot_send_is_refused(upstream: Upstream, asked: dict[str, Any]) -> None:
    envoy = Envoy()
    request = UpstreamRequest(
        "POST", "/models/m", [], BODY, False, "openai", "chat.completions", "m", **asked
    )
    services = Services(envoy, envoy, envoy)  # type: ignore[arg-type]
    driver = EnvoyDriver(
        services, envoy, Asked("request_body", [], BODY, keys_stay=False), envoy.hear, envoy.say
    )
    with pytest.raises(CallerError):
        await driver._forward([upstream], request)
    assert envoy.said == []
