import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import gateway.policy
from gateway.core.decision import Answer, Decision, Effect, Phase, Verdict
from gateway.core.exchange import Exchange
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment
from gateway.policy.facts import facts, plan_facts
from gateway.policy.schema import plan_schema, schema

PUBLISHED = Path(gateway.policy.__file__).parents[2] / "policies" / "schema" / "input-v1.json"


def test_published_schema_is_current() -> None:
    assert json.loads(PUBLISHED.read_text()) == schema()


@pytest.mark.parametrize("phase", ["request", "response"])
def test_facts_fit_the_schema(
    phase: Phase, exchange: Exchange, segments: list[Segment], finding: Finding, covered: list[Coverage]
) -> None:
    request = Decision("request", Answer.FLAG, (Verdict("a.b", Effect.FLAG, "Seen."),), (), "r")
    found = facts(
        phase, exchange, segments, [finding], covered, lambda _: "d", 7,
        request=request, response={"status": 200, "finish": "stop"},
    )  # fmt: skip
    jsonschema.validate(dict(found), schema())
    assert ("request" in found) == ("response" in found) == (phase == "response")


def test_plan_facts_fit_their_schema(exchange: Exchange) -> None:
    jsonschema.validate(plan_facts(exchange), plan_schema())


def test_schema_leaves_no_object_open_by_accident(exchange: Exchange) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**plan_facts(exchange), "more": 1}, plan_schema())


def test_text_never_appears(exchange: Exchange, covered: list[Coverage], finding: Finding) -> None:
    segments = [Segment("s0", "user", "text", "/x", "the caller's own words")]
    found = facts("request", exchange, segments, [finding], covered, None, 0)
    assert "words" not in json.dumps(dict(found))
    assert found["segments"] == [{"id": "s0", "role": "user", "kind": "text", "length": 22}]


def test_digest_is_there_only_when_given(exchange: Exchange, segments: list[Segment]) -> None:
    found = facts("request", exchange, segments, [], [], str.upper, 0)["segments"]
    assert isinstance(found, list)
    assert found[0]["digest"] == "SOME TEXT"


def _coverage(exchange: Exchange, segments: list[Segment], coverage: list[Coverage]) -> list[tuple[str, ...]]:
    found = facts("request", exchange, segments, [], coverage, None, 0)["coverage"]
    assert isinstance(found, list)
    return [(entry["segment"], entry["detector"], entry["state"]) for entry in found]


def test_detector_that_fared_alike_everywhere_is_one_entry(
    exchange: Exchange, segments: list[Segment], covered: list[Coverage]
) -> None:
    expected = [("*", "patterns", "ok"), ("*", "secrets", "ok")]
    assert _coverage(exchange, segments, covered) == expected


@pytest.mark.parametrize("state", [State.TIMEOUT, State.NOT_RUN, State.NOT_APPLICABLE])
def test_detector_that_fared_differently_is_told_in_full(
    exchange: Exchange, segments: list[Segment], state: State
) -> None:
    coverage = [Coverage("s0", "patterns", State.OK), Coverage("s1", "patterns", state)]
    expected = [("s0", "patterns", "ok"), ("s1", "patterns", state.value)]
    assert _coverage(exchange, segments, coverage) == expected


def test_unfinished_and_unscanned_are_never_folded(exchange: Exchange, segments: list[Segment]) -> None:
    late = [Coverage(segment.id, "patterns", State.TIMEOUT) for segment in segments]
    parts = [Coverage(f"/p{i}", "*", State.NOT_RUN, "image") for i in range(2)]
    assert len(_coverage(exchange, segments, late + parts)) == 4


def test_partial_coverage_is_not_called_complete(exchange: Exchange, segments: list[Segment]) -> None:
    coverage = [Coverage("s0", "patterns", State.OK)]
    assert _coverage(exchange, segments, coverage) == [("s0", "patterns", "ok")]


def _fields(path: str, shape: dict[str, Any]) -> Iterator[str]:
    if shape.get("type") == "array":
        yield path
        yield from _fields(f"{path}[_]", shape["items"]) if "properties" in shape["items"] else ()
    elif "properties" in shape:
        for name, field in shape["properties"].items():
            yield from _fields(f"{path}.{name}", field)
    else:
        yield path


def test_reference_page_lists_every_field() -> None:
    page = (PUBLISHED.parents[2] / "docs" / "reference" / "policy-input.md").read_text()
    listed = {line.split("`")[1] for line in page.splitlines() if line.startswith("| `input")}
    assert listed == set(_fields("input", schema()))
