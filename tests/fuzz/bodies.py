"""JSON bodies: read as another parser reads them or refused; edited nowhere but where it was asked."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from gateway.core.errors import CallerError
from gateway.wire.pointer import escape
from gateway.wire.splice import Edit, replace_value, splice
from gateway.wire.strict import parse

Json = Any
"""A tree of any shape."""

MARK = "\ue000"


def strict(data: bytes) -> None:
    """A value that every parser reads alike, or a refusal that says why."""
    try:
        value = parse(data)
    except CallerError as refused:
        error = refused
    else:
        _agreed(data, value)
        return
    assert error.status == 400
    assert error.code != "malformed_json" or not _json(data)


def _agreed(data: bytes, value: Json) -> None:
    text = data.decode()
    assert repr(value) == repr(json.loads(text, object_pairs_hook=_once))
    assert parse(json.dumps(value).encode()) == value


def _json(data: bytes) -> bool:
    """Whether the standard library takes it, without its own additions to JSON."""
    try:
        json.loads(data.decode(), parse_constant=int)
    except (ValueError, RecursionError):
        return False
    return True


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)


def splicing(data: bytes) -> None:
    """Two bytes choose a place, two a span in it; the rest is a body."""
    raw = data[4:]
    if len(data) < 4 or MARK.encode() in raw:
        return
    with suppress(CallerError):
        places = list(_places(parse(raw)))
        pointer, value = places[int.from_bytes(data[:2]) % len(places)]
        if pointer:
            _removed(raw, pointer)
        _replaced(raw, pointer)
        if isinstance(value, str):
            start, end = sorted(at % (len(value) + 1) for at in data[2:4])
            _edited(raw, Edit(pointer, start, end, MARK), value)


def _places(value: Json, pointer: str = "") -> Iterator[tuple[str, Json]]:
    """Every place of a tree, and what stands there."""
    yield pointer, value
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _places(child, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _places(child, f"{pointer}/{index}")


def _edited(raw: bytes, edit: Edit, text: str) -> None:
    out = splice(raw, [edit])
    before, _, after = out.partition(MARK.encode())
    assert raw.startswith(before)
    assert raw.endswith(after)
    replaced = raw[len(before) : len(raw) - len(after)]
    assert json.loads(b'"' + replaced + b'"') == text[edit.start : edit.end]
    changed = dict(_places(parse(raw))) | {edit.pointer: text[: edit.start] + MARK + text[edit.end :]}
    assert _leaves(parse(out)) == {key: value for key, value in changed.items() if _leaf(value)}


def _removed(raw: bytes, pointer: str) -> None:
    gone = parse(splice(raw, [], [pointer]))
    above, _, last = pointer.rpartition("/")
    holder = dict(_places(parse(raw)))[above]
    kept = dict(_places(gone))[above]
    assert len(kept) == len(holder) - 1
    if isinstance(holder, list):
        assert kept == holder[: int(last)] + holder[int(last) + 1 :]
    else:
        assert kept == {key: value for key, value in holder.items() if escape(key) != last}


def _replaced(raw: bytes, pointer: str) -> None:
    out = replace_value(raw, pointer, f'"{MARK}"'.encode())
    before, _, after = out.partition(f'"{MARK}"'.encode())
    assert raw.startswith(before)
    assert raw.endswith(after)
    assert dict(_places(parse(out)))[pointer] == MARK


def _leaves(value: Json) -> dict[str, Json]:
    return {pointer: leaf for pointer, leaf in _places(value) if _leaf(leaf)}


def _leaf(value: Json) -> bool:
    return not isinstance(value, dict | list)
