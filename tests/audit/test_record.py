"""Records: complete, capped, content-free, canonical."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.canonical import decode, encode_trusted
from gateway.audit.record import (
    Seen,
    bundle_record,
    decision_record,
    judge_record,
    outcome_record,
    refused_record,
)
from gateway.core.decision import Answer, Decision, Effect, Obligation, Verdict
from gateway.core.exchange import Caller, Destination, Exchange, Outcome, Usage
from gateway.core.finding import Coverage, Finding, State
from gateway.core.segment import Segment

SECRET = "my card is 4111 1111 1111 1111"
CALLER = Caller("k1", "acme", "app", ("dev",), {"team": "blue", "größe": "XL"})
EXCHANGE = Exchange(
    "01X",
    "chat.completions",
    "openai_chat",
    CALLER,
    model="m" * 500,
    destinations=(Destination("primary", "openai_chat"),),
    stream=True,
    parameters={"temperature": 0.2, "max_tokens": 9, "user": SECRET, "logprobs": True},
    tools=("t" * 500,),
    body_bytes=77,
    received_ms=5,
)
SEGMENTS = tuple(Segment(f"s{at}", "user", "text", f"/messages/{at}/content", SECRET) for at in range(3))
FINDINGS = (Finding("f0", "patterns", "1", "pii", "card", 0.9996, "s1", 11, 30),)
DECISION = Decision(
    "request",
    Answer.TRANSFORM,
    (Verdict("pii.redact", Effect.REDACT, "personal data", ("c1",), ("f0",)),),
    (Obligation(Effect.REDACT, "pii.redact", ("f0",), {"with": "token", "deep": {"no": 1}, "ratio": 0.5}),),
    "sha256:00",
)


def build(coverage: tuple[Coverage, ...] = (), **changes: object) -> dict[str, Any]:
    arguments: dict[str, Any] = {"seen": Seen(3, ("patterns",)), "body_commit": "c0", "rewritten": True}
    record = decision_record(EXCHANGE, DECISION, SEGMENTS, FINDINGS, coverage, **arguments | changes)
    return decode(encode_trusted(record))


def test_a_decision_record_says_who_what_and_why() -> None:
    record = build()
    assert record["type"] == "decision"
    assert record["exchange"] == "01X"
    assert record["caller"]["attributes"] == {"team": "blue", "gr\\xf6\\xdfe": "XL"}
    assert record["decision"] == {
        "answer": "transform",
        "mode": "enforce",
        "phase": "request",
        "revision": "sha256:00",
        "verdicts": [
            {
                "rule": "pii.redact",
                "effect": "redact",
                "reason": "personal data",
                "fail": "closed",
                "controls": ["c1"],
                "findings": ["f0"],
            }
        ],
        "obligations": [
            {"effect": "redact", "rule": "pii.redact", "findings": ["f0"], "params": {"with": "token"}}
        ],
    }
    assert record["findings"][0]["score"] == 1000
    assert record["segments"][0] == {
        "id": "s0",
        "role": "user",
        "kind": "text",
        "pointer": "/messages/0/content",
        "length": len(SECRET),
    }


def test_no_content_gets_in_and_names_are_capped() -> None:
    record = build()
    assert SECRET not in json.dumps(record)
    assert record["parameters"] == {"temperature": "0.2", "max_tokens": 9, "logprobs": True}
    assert record["withheld"] == ["user"]
    assert (len(record["model"]), len(record["tools"][0])) == (128, 128)


def test_digests_only_where_given() -> None:
    assert [segment.get("digest") for segment in build(digests={"s1": "d1"})["segments"]] == [
        None,
        "d1",
        None,
    ]


def test_coverage_is_grouped() -> None:
    coverage = (
        *(Coverage(segment.id, detector, State.OK) for segment in SEGMENTS for detector in ("a", "b")),
        Coverage("s1", "c", State.TIMEOUT, "deadline"),
        Coverage("/messages/1/content/0", "*", State.NOT_RUN, "image"),
    )
    assert build(coverage)["coverage"] == [
        {"state": "ok", "detectors": ["a", "b"], "segments": ["*"]},
        {"state": "timeout", "detectors": ["c"], "segments": ["s1"], "reason": "deadline"},
        {"state": "not_run", "detectors": ["*"], "segments": ["/messages/1/content/0"], "reason": "image"},
    ]


states = st.builds(
    Coverage, st.sampled_from(["s0", "s1", "s2"]), st.sampled_from("abc"), st.sampled_from(State), st.just("")
)


@given(st.lists(states, unique=True))
def test_grouping_loses_nothing(coverage: list[Coverage]) -> None:
    every = [segment.id for segment in SEGMENTS]
    seen = {
        Coverage(segment, detector, State(group["state"]))
        for group in build(tuple(coverage))["coverage"]
        for detector in group["detectors"]
        for segment in (every if group["segments"] == ["*"] else group["segments"])
    }
    assert seen == set(coverage)


@pytest.mark.parametrize(("score", "mille"), [(0.0, 0), (0.4996, 500), (1.0, 1000), (7.0, 1000), (-1.0, 0)])
def test_scores_per_mille(score: float, mille: int) -> None:
    finding = Finding("f0", "d", "1", "c", "l", score, "s0", 0, 1)
    record = decision_record(
        EXCHANGE, DECISION, SEGMENTS, [finding], (), seen=Seen(), body_commit="", rewritten=False
    )
    assert record["findings"][0]["score"] == mille


def test_outcome_records() -> None:
    outcome = Outcome(
        200,
        "complete",
        upstream="primary",
        attempts=1,
        bytes_out=9,
        usage=Usage(0, None),
        micros={"total": 7},
        restored={"email": 2},
    )
    record = outcome_record(EXCHANGE, outcome, None, (), (), ())
    assert "decision" not in record
    assert record["outcome"] == {
        "status": 200,
        "ending": "complete",
        "attempts": 1,
        "bytes": 9,
        "micros": {"total": 7},
        "upstream": "primary",
        "input_tokens": 0,
        "restored": {"email": 2},
    }
    judged = outcome_record(EXCHANGE, outcome, DECISION, SEGMENTS, FINDINGS, (), body_commit="c1")
    assert (judged["decision"]["answer"], judged["body_commit"]) == ("transform", "c1")
    assert decode(encode_trusted(judged))["segments"][2]["length"] == len(SECRET)


def test_the_other_records() -> None:
    refused = refused_record(
        "01X", endpoint="chat", dialect="openai_chat", status=400, code="bad", caller=Caller(), received_ms=1
    )
    assert (refused["type"], refused["caller"]) == ("refused", {"tenant": "default"})
    bundle = bundle_record("sha256:1", "sha256:0", accepted=False, reason="x" * 2000)
    assert (bundle["type"], bundle["accepted"], len(bundle["reason"])) == ("bundle", False, 512)
    assert not {"source", "key"} & bundle.keys()
    bundle = bundle_record("a", "b", accepted=True, reason="", source="https://a.example/b", key="k" * 200)
    assert (bundle["source"], len(bundle["key"])) == ("https://a.example/b", 128)
    for record in (refused, bundle):
        decode(encode_trusted(record))


def test_a_judge_record_says_who_was_asked_and_what_came_of_it() -> None:
    record = judge_record(
        "lx-1", detector="rails.x", segment="s0", upstream="a", model="m" * 200, verdict="block", micros=12,
        input_tokens=0, fault="UpstreamError",
    )  # fmt: skip
    assert record == {
        "type": "judge", "exchange": "lx-1", "detector": "rails.x", "segment": "s0", "upstream": "a",
        "model": "m" * 128, "verdict": "block", "micros": 12, "input_tokens": 0, "fault": "UpstreamError",
    }  # fmt: skip
