"""Notes about the checks, put into an answer that passes; every other byte of it survives.

Two places: a field of our own, ``lictor``, and the fields in which Azure OpenAI tells of its content
filter, ``prompt_filter_results`` and ``choices[].content_filter_results``, which many clients read. In a
stream the notes stand in the event that ends the answer. A dialect without a place for them gets none.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from gateway.core.errors import CallerError
from gateway.wire.body import count, items, member
from gateway.wire.splice import insert_members, replace_value
from gateway.wire.sse import Frame, with_data
from gateway.wire.sse import parse as parse_frames
from gateway.wire.strict import parse

Json = Mapping[str, Any]
Members = list[tuple[str, str, object]]
"""Pointer of an object, name of the member, value."""

Part = Literal["body", "event"]
"""A whole answer, or the data of one event of a stream."""

OURS: Final = "lictor"


@dataclass(frozen=True, slots=True)
class Notes:
    """What is to be said."""

    ours: Json | None = None
    """The value of ``lictor``."""

    prompt: Json | None = None
    """Azure's results for the request."""

    choices: Mapping[int, Json] | None = None
    """Azure's results for each choice of the response; a choice that is not named gets an empty object."""


def annotate(dialect: str, raw: bytes, notes: Notes) -> bytes:
    """The answer with the notes in it, or as it was where there is no place for them."""
    place = _PLACES.get(dialect)
    if place is None:
        return raw
    if raw.lstrip()[:1] == b"{":
        return _edited(raw, lambda body: place(body, notes, "body"))
    return _in_stream(raw, lambda body: place(body, notes, "event"))


def _in_stream(raw: bytes, place: Callable[[Json], Members]) -> bytes:
    return b"".join(_frame(frame, place) for frame in parse_frames(raw))


def _frame(frame: Frame, place: Callable[[Json], Members]) -> bytes:
    data = frame.data.encode()
    edited = _edited(data, place) if data[:1] == b"{" else data
    return frame.raw if edited is data else with_data(frame, edited.decode())


def _edited(raw: bytes, place: Callable[[Json], Members]) -> bytes:
    """A body with members put in; one that somebody else put there before is exchanged if it is ours."""
    try:
        body = parse(raw)
    except CallerError:
        return raw
    if not isinstance(body, dict):
        return raw
    fresh: list[tuple[str, str, bytes]] = []
    for pointer, name, value in place(body):
        if not _has(body, pointer, name):
            fresh.append((pointer, name, orjson.dumps(value)))
        elif name == OURS:
            raw = replace_value(raw, f"{pointer}/{name}", orjson.dumps(value))
    return insert_members(raw, fresh) if fresh else raw


def _has(body: Json, pointer: str, name: str) -> bool:
    at: object = body
    for token in pointer.split("/")[1:]:
        at = at[int(token)] if isinstance(at, list) else member(at, token)
    return isinstance(at, dict) and name in at


def _openai_chat(body: Json, notes: Notes, part: Part) -> Members:
    ending = [(at, choice) for at, choice in _choices(body) if part == "body" or choice.get("finish_reason")]
    if not ending:
        return []
    found: Members = []
    if notes.choices is not None:
        found += [
            (f"/choices/{at}", _RESULTS, notes.choices.get(_index(choice, at), {})) for at, choice in ending
        ]
    first = part == "body" or any(_index(choice, at) == 0 for at, choice in ending)
    if notes.prompt is not None and first:
        found.append(("", _PROMPT, [{"prompt_index": 0, _RESULTS: notes.prompt}]))
    return [*found, *_our_own(notes, wanted=first)]


def _choices(body: Json) -> Iterator[tuple[int, dict[str, object]]]:
    for at, choice in enumerate(items(body.get("choices"))):
        if isinstance(choice, dict):
            yield at, choice


def _index(choice: Mapping[str, object], at: int) -> int:
    number = count(choice.get("index"))
    return at if number is None else number


def _anthropic_messages(body: Json, notes: Notes, part: Part) -> Members:
    return _our_own(notes, wanted=part == "body" or body.get("type") == "message_delta")


def _our_own(notes: Notes, *, wanted: bool) -> Members:
    return [("", OURS, notes.ours)] if wanted and notes.ours is not None else []


_RESULTS: Final = "content_filter_results"
_PROMPT: Final = "prompt_filter_results"

_PLACES: Mapping[str, Callable[[Json, Notes, Part], Members]] = {
    "openai_chat": _openai_chat,
    "anthropic_messages": _anthropic_messages,
}
"""By dialect: where the notes go."""
