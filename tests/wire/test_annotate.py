"""Notes in an answer leave every other byte as it was."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.annotate import Notes, annotate
from gateway.wire.splice import insert_members

OURS = {"decision_id": "lx-1"}
HATE = {"hate": {"filtered": True, "severity": "low"}}
NOTES = Notes(ours=OURS, prompt={}, choices={1: HATE})

scalars = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=5)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


def paths(value: object, pointer: str = "") -> list[str]:
    """Pointers of all objects inside a value."""
    found = [pointer] if isinstance(value, dict) else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in pairs:
        token = str(name).replace("~", "~0").replace("/", "~1")
        found += paths(child, f"{pointer}/{token}")
    return found


@given(st.dictionaries(st.text(max_size=4), values, max_size=4), st.data(), st.sampled_from([None, 1]))
def test_a_member_put_in_is_all_that_changes(
    body: dict[str, Any], data: st.DataObject, indent: int | None
) -> None:
    raw = json.dumps(body, indent=indent, ensure_ascii=False).encode()
    pointer = data.draw(st.sampled_from(paths(body)))
    changed = insert_members(raw, [(pointer, "a note\u00e9", b'{"x": 1}')])
    text = '"a noteé":{"x": 1}'
    assert changed.decode().replace(text + ",", "", 1).replace(text, "", 1) == raw.decode()
    assert json.loads(changed) != body


@pytest.mark.parametrize("pointer", ["/a", "/b", "/c", "/d", "/b/0"])
def test_only_objects_take_members(pointer: str) -> None:
    with pytest.raises(LookupError):
        insert_members(b'{"a": 1, "b": ["x"], "c": "{}"}', [(pointer, "n", b"1")])


def test_every_choice_of_a_whole_answer_gets_its_results() -> None:
    raw = b'{ "choices":[ {"index":1}, {"index":0 ,"finish_reason":null} ] , "x":1e0}'
    body = json.loads(annotate("openai_chat", raw, NOTES))
    assert [choice["content_filter_results"] for choice in body["choices"]] == [HATE, {}]
    assert body["lictor"] == OURS


def test_what_an_upstream_says_in_our_name_is_not_believed() -> None:
    raw = b'{"choices":[{"index":0,"content_filter_results":{"own":1}}],"lictor":{"answer":"allow"}}'
    body = json.loads(annotate("openai_chat", raw, NOTES))
    assert body["lictor"] == OURS
    assert body["choices"][0]["content_filter_results"] == {"own": 1}


def test_a_messages_stream_is_told_in_the_event_that_ends_it() -> None:
    frames = [
        b'event: message_start\ndata: {"type":"message_start","message":{}}\n\n',
        b': a comment\nevent: message_delta\ndata: {"type":"message_delta","delta":{}}\n\n',
        b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ]
    changed = annotate("anthropic_messages", b"".join(frames), NOTES)
    note = b'"lictor":' + json.dumps(OURS, separators=(",", ":")).encode() + b","
    assert changed == b"".join(frames).replace(
        b'{"type":"message_delta"', b"{" + note + b'"type":"message_delta"'
    )


@pytest.mark.parametrize(
    "raw", [b"", b"not JSON", b"[1]", b'{"a":1', b'{"a":1,"a":2}', b"data: {broken\n\n", b"data: [DONE]\n\n"]
)
def test_what_is_not_understood_stays(raw: bytes) -> None:
    assert annotate("openai_chat", raw, NOTES) == raw


def test_a_dialect_without_a_place_gets_no_notes() -> None:
    assert annotate("openai_models", b'{"data":[]}', NOTES) == b'{"data":[]}'
