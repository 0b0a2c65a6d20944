"""Splices: the tree changes as asked, and no other byte does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.pointer import escape, split
from gateway.wire.splice import Edit, merged, replace_value, splice

Json = Any
"""A tree whose shape the test knows."""


TEXT = st.text(max_size=12) | st.text(alphabet='"\\/\n\té\U0001f600a\x00\u2028', max_size=12)
KEY = st.text(max_size=4) | st.sampled_from(["a/b", "m~n", "~1", "", "0", '"', "\\"])
TREE = st.recursive(
    TEXT | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=15,
)


class Printer:
    """Prints a tree as JSON with drawn spelling: white space, escapes, key by key."""

    def __init__(self, draw: Callable[[st.SearchStrategy[str]], str]) -> None:
        self._draw = draw
        self.spans: dict[str, tuple[int, int]] = {}

    def space(self) -> str:
        return self._draw(st.sampled_from(["", "", " ", "\n\t", "\r\n  "]))

    def string(self, text: str) -> str:
        return '"' + "".join(self.character(c) for c in text) + '"'

    def character(self, character: str) -> str:
        plain = json.dumps(character, ensure_ascii=False)[1:-1]
        spelled = json.dumps(character)[1:-1]
        full = "".join(f"\\u{unit:04X}" for unit in units(character))
        solidus = ["\\/"] if character == "/" else []
        return self._draw(st.sampled_from([plain, spelled, full, *solidus]))

    def tree(self, value: Json) -> str:
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, dict):
            inside = ",".join(
                f"{self.space()}{self.string(k)}{self.space()}:{self.space()}{self.tree(v)}{self.space()}"
                for k, v in value.items()
            )
            return "{" + (inside or self.space()) + "}"
        if isinstance(value, list):
            inside = ",".join(f"{self.space()}{self.tree(v)}{self.space()}" for v in value)
            return "[" + (inside or self.space()) + "]"
        return json.dumps(value)


def units(character: str) -> list[int]:
    raw = character.encode("utf-16-be")
    return [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]


def places(value: Json, pointer: str = "") -> dict[str, Any]:
    found = {pointer: value}
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in pairs:
            found |= places(child, f"{pointer}/{escape(str(key))}")
    return found


@st.composite
def documents(draw: st.DrawFn) -> tuple[Any, bytes]:
    tree = draw(TREE)
    printer = Printer(draw)
    return tree, (printer.space() + printer.tree(tree) + printer.space()).encode()


@st.composite
def edited(draw: st.DrawFn) -> tuple[Any, bytes, list[Edit]]:
    tree, raw = draw(documents())
    strings = [pointer for pointer, value in places(tree).items() if isinstance(value, str)]
    edits = []
    for _ in range(draw(st.integers(0, 4)) if strings else 0):
        pointer = draw(st.sampled_from(strings))
        length = len(places(tree)[pointer])
        start = draw(st.integers(0, length))
        edits.append(Edit(pointer, start, draw(st.integers(start, length)), draw(TEXT)))
    return tree, raw, edits


def with_edits(text: str, edits: list[Edit]) -> str:
    for edit in reversed(merged(edits)):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def expected(value: Json, edits: list[Edit], pointer: str = "") -> Json:
    if isinstance(value, str):
        return with_edits(value, [edit for edit in edits if edit.pointer == pointer])
    if isinstance(value, dict):
        return {k: expected(v, edits, f"{pointer}/{escape(k)}") for k, v in value.items()}
    if isinstance(value, list):
        return [expected(v, edits, f"{pointer}/{i}") for i, v in enumerate(value)]
    return value


@given(edited())
def test_the_tree_changes_as_asked(case: tuple[Any, bytes, list[Edit]]) -> None:
    tree, raw, edits = case
    assert json.loads(splice(raw, edits), strict=False) == expected(tree, edits)


@given(edited())
def test_an_edit_to_the_same_text_in_plain_spelling_keeps_the_rest(
    case: tuple[Any, bytes, list[Edit]],
) -> None:
    """Empty edits of empty spans change no byte at all."""
    _, raw, edits = case
    assert splice(raw, [Edit(edit.pointer, edit.start, edit.start, "") for edit in edits]) == raw


@given(edited())
def test_only_bytes_of_the_string_change(case: tuple[Any, bytes, list[Edit]]) -> None:
    """Everything before the first changed character and behind the last one is the same."""
    _, raw, edits = case
    for edit in edits[:1]:
        marked = splice(raw, [Edit(edit.pointer, edit.start, edit.end, "\ue000")])
        before, after = marked.split("\ue000".encode())
        assert raw.startswith(before)
        assert raw.endswith(after)
        assert len(before) + len(after) <= len(raw)


@st.composite
def with_removals(draw: st.DrawFn) -> tuple[Any, bytes, list[str]]:
    tree, raw = draw(documents())
    pointers = [pointer for pointer in places(tree) if pointer]
    return tree, raw, draw(st.lists(st.sampled_from(pointers), max_size=4)) if pointers else []


def without(value: Json, gone: set[str], pointer: str = "") -> Json:
    if isinstance(value, dict):
        return {
            k: without(v, gone, f"{pointer}/{escape(k)}")
            for k, v in value.items()
            if f"{pointer}/{escape(k)}" not in gone
        }
    if isinstance(value, list):
        return [
            without(v, gone, f"{pointer}/{i}") for i, v in enumerate(value) if f"{pointer}/{i}" not in gone
        ]
    return value


@given(with_removals())
def test_members_are_removed_with_their_comma(case: tuple[Any, bytes, list[str]]) -> None:
    tree, raw, removals = case
    assert json.loads(splice(raw, [], removals), strict=False) == without(tree, set(removals))


@given(TREE.filter(lambda tree: isinstance(tree, dict | list)), st.data())
def test_pointers_go_on_into_json_inside_a_string(inner: Json, data: st.DataObject) -> None:
    printer = Printer(data.draw)
    source = printer.tree(inner)
    raw = printer.tree({"x": [1, {"arguments": source}]}).encode()
    strings = [pointer for pointer, value in places(inner).items() if isinstance(value, str)]
    edits = [Edit(pointer, 0, 0, data.draw(TEXT)) for pointer in strings]
    outer = [Edit(f"/x/1/arguments{e.pointer}", e.start, e.end, e.text) for e in edits]
    arguments = json.loads(splice(raw, outer), strict=False)["x"][1]["arguments"]
    assert json.loads(arguments, strict=False) == expected(inner, edits)


def test_nothing_to_do_gives_the_same_object() -> None:
    raw = b'{"a":"b"}'
    assert splice(raw, []) is raw


@pytest.mark.parametrize(
    "edit",
    [
        Edit("/b", 0, 1, "x"),
        Edit("/a/b", 0, 1, "x"),
        Edit("/n", 0, 1, "x"),
        Edit("/n/x", 0, 1, "x"),
        Edit("/l", 0, 1, "x"),
        Edit("/l/1", 0, 1, "x"),
        Edit("/l/-", 0, 1, "x"),
        Edit("/l/00", 0, 1, "x"),
        Edit("", 0, 1, "x"),
        Edit("a", 0, 1, "x"),
        Edit("/a", 0, 3, "x"),
        Edit("/a", -1, 1, "x"),
        Edit("/a", 2, 1, "x"),
    ],
)
def test_a_pointer_or_span_that_is_not_there(edit: Edit) -> None:
    with pytest.raises(LookupError):
        splice(b'{"a":"bc","n":12,"l":["x"]}', [edit])


@pytest.mark.parametrize("pointer", ["", "/b", "/l/1", "/n/0"])
def test_a_removal_that_is_not_there(pointer: str) -> None:
    with pytest.raises(LookupError):
        splice(b'{"a":"bc","n":12,"l":["x"]}', [], [pointer])


def test_overlapping_edits_become_one() -> None:
    edits = [Edit("/a", 3, 6, "late"), Edit("/a", 1, 4, "early"), Edit("/a", 6, 7, "next")]
    assert splice(b'{"a":"01234567"}', edits) == b'{"a":"0earlynext7"}'
    assert splice(b'{"a":"01234567"}', edits[::-1]) == b'{"a":"0earlynext7"}'


def test_spelling_around_an_edit_survives() -> None:
    raw = b'{ "k" : "caf\\u00e9 \\ud83d\\ude00 a@b.c \\/ \xc3\xa9" , "n" : 1.50e+1 }'
    out = splice(raw, [Edit("/k", 7, 12, '"\n')])
    assert out == b'{ "k" : "caf\\u00e9 \\ud83d\\ude00 \\"\\n \\/ \xc3\xa9" , "n" : 1.50e+1 }'


@given(documents(), st.data())
def test_a_value_is_replaced(case: tuple[Any, bytes], data: st.DataObject) -> None:
    tree, raw = case
    pointer = data.draw(st.sampled_from(sorted(places(tree))))
    out = json.loads(replace_value(raw, pointer, b'{"new":[]}'), strict=False)
    assert places(out)[pointer] == {"new": []}


@given(st.lists(st.text()))
def test_pointers_split_as_they_were_escaped(tokens: list[str]) -> None:
    assert split("".join("/" + escape(token) for token in tokens)) == tokens
