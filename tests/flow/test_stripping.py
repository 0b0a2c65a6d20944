"""Taking tools out of requests whose tools come in bundles."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from gateway.core.decision import Answer, Decision, Effect, Obligation
from gateway.flow.obligations import Material, changes
from gateway.wire.gemini_generate import GENERATE
from gateway.wire.splice import splice

Json = Any
"""A tree whose shape the test knows."""

FUNCTIONS = {"functionDeclarations": [{"name": "a"}, {"name": "b"}]}


def without(body: Json, *names: str) -> Json:
    """What is left of a request when policy strips these tools."""
    raw = json.dumps(body).encode()
    view = GENERATE.request(body)
    material = Material(view.segments, view.tools, body, (), view.rewritable, {})
    obligations = tuple(Obligation(Effect.STRIP_TOOL, "r.t", (), {"tool": name}) for name in names)
    wanted = changes(Decision("request", Answer.TRANSFORM, (), obligations, "sha256:0"), (), material)
    return json.loads(splice(raw, wanted.edits, wanted.removals))


@pytest.mark.parametrize(
    ("tools", "stripped", "left"),
    [
        ([FUNCTIONS], ["a"], [{"functionDeclarations": [{"name": "b"}]}]),
        ([FUNCTIONS], ["a", "b"], None),
        ([FUNCTIONS, {"googleSearch": {}}], ["a", "b"], [{"googleSearch": {}}]),
        ([{**FUNCTIONS, "googleSearch": {}}], ["a", "b"], [{"googleSearch": {}}]),
        ([{**FUNCTIONS, "googleSearch": {}}], ["googleSearch"], [FUNCTIONS]),
        ([{"googleSearch": {}}, {"codeExecution": {}}], ["googleSearch"], [{"codeExecution": {}}]),
    ],
)
def test_no_empty_bundle_stays_behind(tools: Sequence[Json], stripped: list[str], left: Json) -> None:
    config = {"functionCallingConfig": {"mode": "ANY"}}
    body = {"contents": [{"parts": [{"text": "Hi"}]}], "tools": tools, "toolConfig": config}
    rest = without(body, *stripped)
    assert rest.get("tools") == left
    assert ("toolConfig" in rest) == (left is not None)
