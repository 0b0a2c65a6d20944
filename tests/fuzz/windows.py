"""Window mode: how a stream was cut changes nothing, and no value that a rule keeps back gets out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.detect.runner import Detection
from gateway.flow.call import Call
from gateway.flow.commands import Detect
from gateway.flow.governance import Governance
from gateway.flow.machine import live
from gateway.policy.plan import Plan
from gateway.providers.upstream import Route, Routing, Upstream
from gateway.testing.playbook import Upstreamed, World, play
from gateway.wire.dialect import Family
from tests.flow.test_endpoints import asking
from tests.flow.test_machine import governance
from tests.flow.test_streaming import guard, seen
from tests.fuzz.pieces import bytewise, pieces
from tests.fuzz.readers import VALUES, Spoken, hits

FAMILIES: tuple[Family, ...] = ("openai", "anthropic", "gemini", "tgi")
PLAN = Plan(("exact",), ("exact",), stream="window")
ROUTING = Routing(
    [Route("*", FAMILIES)], [Upstream(family, family, f"http://{family}.example") for family in FAMILIES]
)

ASKED: Mapping[str, tuple[str, object]] = {
    "anthropic_messages": (
        "/v1/messages",
        {"max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]},
    ),
    "gemini_generate": (
        "/v1beta/models/m:streamGenerateContent",
        {"contents": [{"parts": [{"text": "hi"}]}]},
    ),
    "openai_chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]}),
    "openai_completions": ("/v1/completions", {"prompt": "hi"}),
    "openai_embeddings": ("/v1/embeddings", {"input": "hi"}),
    "openai_images": ("/v1/images/generations", {"prompt": "hi"}),
    "openai_responses": ("/v1/responses", {"input": "hi"}),
    "openai_speech": ("/v1/audio/speech", {"input": "hi"}),
    "tgi_generate": ("/generate_stream", {"inputs": "hi"}),
}
"""By dialect: what is asked for, so that it answers with a stream."""


def exact(command: Detect) -> Detection:
    """Every occurrence of one of the values."""
    found = tuple(finding for segment in command.segments for finding in _findings(segment))
    coverage = tuple(Coverage(segment.id, "exact", State.OK) for segment in command.segments)
    return Detection(found, coverage)


def _findings(segment: Segment) -> Iterator[Finding]:
    for hit in hits(segment.text):
        yield Finding("f", "exact", "1", VALUES[hit[0]], "value", 1.0, segment.id, hit.start(), hit.end())


@dataclass(frozen=True, slots=True)
class Windowed:
    """A kind of stream, under window mode."""

    spoken: Spoken

    def govern(self, data: bytes) -> None:
        """The target."""
        parts = [piece for piece in pieces(data) if piece]
        raw = b"".join(parts)
        world = self._play([raw])
        for cut in (parts, bytewise(raw)):
            other = self._play(cut)
            assert other.answer == world.answer
            assert seen(other) == seen(world)
        texts = [segment.text for segment in self.spoken.view(world.written).segments]
        assert not any(hits(text) for text in texts)

    def _play(self, parts: Sequence[bytes]) -> World:
        upstream = Upstreamed(content_type=self.spoken.content_type, pieces=parts)
        world = World(upstream, decide=guard, detect=exact)
        return play(live(_call(self.spoken.dialect.name), _governance()), world)


def _call(dialect: str) -> Call:
    path, body = ASKED[dialect]
    assert isinstance(body, dict)
    return asking("POST", path, json.dumps({"model": "m", "stream": True, **body}).encode())


def _governance() -> Governance:
    return replace(governance(PLAN), routing=ROUTING)
