"""Bundles in a temporary folder, and plausible exchanges."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gateway.core.exchange import Caller, Destination, Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment

BundleMaker = Callable[..., Path]

QUIET = (
    'package lictor.request\n\nflag contains {"rule": "a.b", "reason": "Seen."} if input.exchange.stream\n'
)


@pytest.fixture
def make_bundle(tmp_path: Path) -> BundleMaker:
    """Write a bundle: file names and sources, and optionally base documents."""

    def make(files: Mapping[str, str], data: object = None) -> Path:
        for name, source in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        if data is not None:
            (tmp_path / "data.json").write_text(json.dumps(data))
        return tmp_path

    return make


@pytest.fixture
def exchange() -> Exchange:
    return Exchange(
        id="01",
        endpoint="chat.completions",
        dialect="openai_chat",
        caller=Caller("k1", "acme", "app", ("admin",), {"team": "x"}),
        model="gpt-4.1",
        route="/v1",
        destinations=(Destination("a", "openai_chat", {"trust": "external"}),),
        parameters={"temperature": 0.5},
        tools=("search",),
        body_bytes=100,
    )


@pytest.fixture
def segments() -> list[Segment]:
    return [Segment(f"s{i}", "user", "text", f"/messages/{i}/content", "some text") for i in range(2)]


@pytest.fixture
def finding() -> Finding:
    return Finding("f0", "patterns", "1", "pii", "email", 0.9, "s0", 0, 4)


@pytest.fixture
def covered(segments: list[Segment]) -> list[Coverage]:
    """Both detectors finished on both segments."""
    return [
        Coverage(segment.id, detector, State.OK)
        for detector in ("patterns", "secrets")
        for segment in segments
    ]
