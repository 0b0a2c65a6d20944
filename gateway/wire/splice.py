"""Edits inside a JSON text that leave every other byte as it was.

Parsing and printing a body again would change key order, number spelling, escapes and white space,
and with them the provider's prompt cache. So an edit is made in the source text: only the
characters of the span are replaced, in the string at a pointer (RFC 6901), and a removed member
takes its comma along.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from gateway.wire.pointer import split

_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_TOKEN = re.compile(_STRING.pattern + r"|[\[\]{}]", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\s]+")
_SPACE = re.compile(r"[ \t\n\r]*")
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters ``start`` to ``end`` of the decoded string at ``pointer`` become ``text``."""

    pointer: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Patch:
    """Characters ``start`` to ``end`` of a source text become ``text``, as it stands."""

    start: int
    end: int
    text: str


def splice(raw: bytes, edits: Sequence[Edit], removals: Sequence[str] = ()) -> bytes:
    """The body with edits made and the members at ``removals`` taken out.

    Overlapping edits of one string become one edit of the union, with the first one's text.
    ``raw`` must be JSON that :func:`gateway.wire.strict.parse` accepts. Without edits and removals
    the same object comes back.

    Raises:
        LookupError: a pointer leads nowhere or to no string, or a span leaves its string.
    """
    if not edits and not removals:
        return raw
    source = raw.decode()
    return apply(source, patches(source, edits, removals)).encode()


def replace_value(raw: bytes, pointer: str, value: bytes) -> bytes:
    """The body with the JSON value at a pointer exchanged for other JSON.

    Raises:
        LookupError: the pointer leads nowhere.
    """
    source = raw.decode()
    goal = _Goal()
    goal.at(pointer).value = value.decode()
    return apply(source, _Scan(source).found(goal)).encode()


def insert_members(raw: bytes, members: Iterable[tuple[str, str, bytes]]) -> bytes:
    """The body with members put first into objects: pointer of the object, name, JSON value.

    Nothing is looked for: an object that has a member of the name already would have it twice.

    Raises:
        LookupError: a pointer leads nowhere, or to no object.
    """
    source = raw.decode()
    goal = _Goal()
    for pointer, name, value in members:
        goal.at(pointer).insert.append(f'"{encoded(name)}":{value.decode()}')
    return apply(source, _Scan(source).found(goal)).encode()


def patches(source: str, edits: Iterable[Edit], removals: Iterable[str] = ()) -> list[Patch]:
    """What :func:`splice` would change in a source text, in order and without overlap.

    Raises:
        LookupError: as :func:`splice`.
    """
    goal = _Goal()
    for edit in edits:
        goal.at(edit.pointer).edits.append(edit)
    for pointer in removals:
        if not pointer:
            raise LookupError("the whole body cannot be removed")
        goal.at(pointer).remove = True
    return _Scan(source).found(goal)


def apply(source: str, changes: Iterable[Patch]) -> str:
    """A source text with patches applied; they must be in order and must not overlap."""
    parts: list[str] = []
    at = 0
    for patch in changes:
        parts += source[at : patch.start], patch.text
        at = patch.end
    return "".join((*parts, source[at:]))


def merged(edits: Iterable[Edit]) -> list[Edit]:
    """Edits of one text in order, overlapping ones united; the text of the first one stays."""
    out: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        last = out[-1] if out else None
        if last is None or edit.start >= last.end:
            out.append(edit)
        elif edit.end > last.end:
            out[-1] = Edit(last.pointer, last.start, edit.end, last.text)
    return out


@dataclass(slots=True)
class _Goal:
    """What is wanted at a place and below it."""

    edits: list[Edit] = field(default_factory=list)
    remove: bool = False
    value: str | None = None
    insert: list[str] = field(default_factory=list)
    below: dict[str, "_Goal"] = field(default_factory=dict)

    def at(self, pointer: str) -> "_Goal":
        goal = self
        for token in split(pointer):
            goal = goal.below.setdefault(token, _Goal())
        return goal


class _Scan:
    """One pass over a source text, down to the goals only; the rest is stepped over."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._patches: list[Patch] = []

    def found(self, goal: _Goal) -> list[Patch]:
        self._value(self._space(0), goal)
        return sorted(self._patches, key=lambda patch: (patch.start, patch.end))

    def _value(self, at: int, goal: _Goal | None) -> int:
        """Handle the value that begins at ``at``; the position behind it."""
        if goal is None or goal.value is not None:
            return self._replaced(at, goal)
        first = self._source[at]
        if first in "{[" and not goal.edits:
            return self._container(at, goal)
        end = self._skip(at)
        if first == '"' and not goal.insert:
            self._string(at + 1, end - 1, goal)
        elif goal.edits or goal.below or goal.insert:
            raise LookupError("no string at this pointer")
        return end

    def _replaced(self, at: int, goal: _Goal | None) -> int:
        end = self._skip(at)
        if goal is not None and goal.value is not None:
            self._patches.append(Patch(at, end, goal.value))
        return end

    def _container(self, at: int, goal: _Goal) -> int:
        wanted = dict(goal.below)
        extents: list[tuple[int, int, bool]] = []
        keyed = self._source[at] == "{"
        first = at + 1
        at = self._space(first)
        if goal.insert:
            self._insert(first, goal.insert, keyed=keyed, empty=self._source[at] == "}")
        while self._source[at] not in "}]":
            token, value_at = self._key(at) if keyed else (str(len(extents)), at)
            child = wanted.pop(token, None)
            remove = child is not None and child.remove
            end = self._value(value_at, None if remove else child)
            extents.append((at, end, remove))
            at = self._comma(end)
        if wanted:
            raise LookupError("nothing at this pointer")
        self._patches += _without(extents)
        return at + 1

    def _insert(self, at: int, members: Sequence[str], *, keyed: bool, empty: bool) -> None:
        if not keyed:
            raise LookupError("no object at this pointer")
        self._patches.append(Patch(at, at, ",".join(members) + ("" if empty else ",")))

    def _key(self, at: int) -> tuple[str, int]:
        """A member's key, and where its value begins."""
        end = self._skip(at)
        return _decoded(self._source[at + 1 : end - 1]), self._space(self._space(end) + 1)

    def _comma(self, at: int) -> int:
        """Where the next member begins, or the closing bracket stands."""
        at = self._space(at)
        return self._space(at + 1) if self._source[at] == "," else at

    def _string(self, start: int, end: int, goal: _Goal) -> None:
        literal = self._source[start:end]
        edits = goal.edits
        if goal.below:
            inner = _Scan(_decoded(literal)).found(_Goal(below=goal.below))
            edits = edits + [Edit("", patch.start, patch.end, patch.text) for patch in inner]
        self._patches += [
            Patch(start + patch.start, start + patch.end, patch.text) for patch in _within(literal, edits)
        ]

    def _skip(self, at: int) -> int:
        """The position behind the value that begins at ``at``."""
        first = self._source[at]
        if first in "{[":
            return self._skip_container(at)
        found = (_STRING if first == '"' else _SCALAR).match(self._source, at)
        if found is None:
            raise LookupError("not a JSON text")
        return found.end()

    def _skip_container(self, at: int) -> int:
        depth = 0
        for token in _TOKEN.finditer(self._source, at):
            first = self._source[token.start()]
            if first in "{[":
                depth += 1
            elif first in "}]":
                depth -= 1
                if not depth:
                    return token.end()
        raise LookupError("not a JSON text")

    def _space(self, at: int) -> int:
        found = _SPACE.match(self._source, at)
        return found.end() if found else at


def _without(extents: Sequence[tuple[int, int, bool]]) -> Iterator[Patch]:
    """Patches that take the marked members out of a container, with one comma each."""
    kept = [index for index, (_, _, remove) in enumerate(extents) if not remove]
    last_kept = kept[-1] if kept else -1
    for index, (start, end, remove) in enumerate(extents):
        if remove and index < last_kept:
            yield Patch(start, extents[index + 1][0], "")
        elif remove:
            yield Patch(extents[index - 1][1] if index else start, end, "")


def _within(literal: str, edits: Iterable[Edit]) -> Iterator[Patch]:
    """Patches of a string literal's inside, for edits of what it spells."""
    place = _placer(literal)
    for edit in merged(edits):
        if not 0 <= edit.start <= edit.end:
            raise LookupError("a span must not be negative")
        yield Patch(place(edit.start), place(edit.end), encoded(edit.text))


def _placer(literal: str) -> Callable[[int], int]:
    """Where a character of the decoded string stands in its literal."""
    behind: list[int] = []  # the decoded offset behind each escape
    shifts: list[int] = []  # how much longer the source is up to there
    shift = 0
    for escape in _ESCAPE.finditer(literal) if "\\" in literal else ():
        shift += escape.end() - escape.start() - 1
        behind.append(escape.end() - shift)
        shifts.append(shift)

    def place(offset: int) -> int:
        index = bisect_right(behind, offset)
        at = offset + (shifts[index - 1] if index else 0)
        if at > len(literal):
            raise LookupError("a span leaves its string")
        return at

    return place


def _decoded(literal: str) -> str:
    """What the inside of a string literal spells."""
    if "\\" not in literal:
        return literal
    value: str = json.loads(f'"{literal}"', strict=False)
    return value


def encoded(text: str) -> str:
    """A text as the inside of a string literal."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
