"""Readers: small functions that know where the text is in one shape of JSON.

A dialect is a table of field names and readers. What no table names is read by :func:`leaves`, so
that no field slips by: every string below it becomes a segment of its own. Only declared control
fields are exempt, and only as long as they hold what control fields hold, short plain words.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from gateway.core.errors import CallerError
from gateway.core.segment import Kind, Role
from gateway.wire.pointer import escape
from gateway.wire.sink import Sink
from gateway.wire.strict import parse

Reader = Callable[[Sink, str, object], None]
"""Reads the value at a pointer into a sink."""

Table = Mapping[str, Reader]

# A control word: an identifier, an enumeration value, a model name.
_WORD = re.compile(r"[\w.:/-]{1,64}", re.ASCII)
# A name out of a vocabulary: it cannot hold a number, an address or a sentence.
_NAME = re.compile(r"[A-Za-z_$.-]{1,40}[0-9]{0,2}")
_LONGEST = 64
# A number that may be an account, a telephone or a card rather than a quantity.
_LONG_NUMBER = 1_000_000
_BACKSLASH = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class leaves:  # noqa: N801 - a reader, like the functions around it
    """Every string below a value. Keys out of the ordinary and long numbers are read as well, but
    cannot be edited."""

    kind: Kind
    special: Table = field(default_factory=dict)
    """Keys with readers of their own, at any depth."""

    skip: re.Pattern[str] | None = None
    """What a string need not be read for."""

    fixed: bool = False

    def __call__(self, sink: Sink, pointer: str, value: object) -> None:
        """Read a value."""
        names: list[str] = []
        self._walk(sink, pointer, value, names)
        if names:
            sink.segment(self.kind, pointer, "\n".join(names), fixed=True)

    def _walk(self, sink: Sink, pointer: str, value: object, names: list[str]) -> None:
        if isinstance(value, str):
            if self.skip is None or not self.skip.fullmatch(value):
                sink.segment(self.kind, pointer, value, fixed=self.fixed)
        elif isinstance(value, dict):
            for key, child in value.items():
                self._member(sink, f"{pointer}/{escape(key)}", key, child, names)
        elif isinstance(value, list):
            for index, child in enumerate(value):
                self._walk(sink, f"{pointer}/{index}", child, names)
        elif self.skip is None and isinstance(value, int | float) and abs(value) >= _LONG_NUMBER:
            sink.segment(self.kind, pointer, repr(value), fixed=True)

    def _member(self, sink: Sink, pointer: str, key: str, value: object, names: list[str]) -> None:
        if len(key) > _LONGEST or not _plain(self.skip or _NAME, key):
            names.append(key)
        reader = self.special.get(key)
        if reader is None:
            self._walk(sink, pointer, value, names)
        else:
            reader(sink, pointer, value)


@lru_cache(4096)
def _plain(pattern: re.Pattern[str], key: str) -> bool:
    """Whether a key is an ordinary name. The same few come again and again."""
    return pattern.fullmatch(key) is not None


anything: Reader = leaves("metadata")
"""What no table knows."""

_more_than_words: Reader = leaves("metadata", skip=_WORD)


def control(sink: Sink, pointer: str, value: object) -> None:
    """A declared control field: read only where it holds more than words."""
    if isinstance(value, str):
        if not _WORD.fullmatch(value):
            sink.segment("metadata", pointer, value)
    elif isinstance(value, dict | list):
        _more_than_words(sink, pointer, value)


definition: Reader = leaves("tool_definition", skip=_NAME)
"""A tool's description and schema: one segment a string that is more than a plain name."""


def definition_with(special: Table) -> Reader:
    """As :data:`definition`, with readers for some keys at any depth."""
    return leaves("tool_definition", special, skip=_NAME)


schema: Reader = leaves("metadata", skip=_NAME)
"""A JSON Schema that shapes an answer."""


def ignored(sink: Sink, pointer: str, value: object) -> None:
    """Declared as not read: a credential, a signature, a number."""


def opaque(reason: str) -> Reader:
    """A part whose content cannot be read here."""

    def read(sink: Sink, pointer: str, value: object) -> None:
        if value is not None:
            sink.gap(pointer, reason)

    return read


def text(kind: Kind, *, fixed: bool = False) -> Reader:
    """A string; any other shape is read leaf by leaf."""
    other = leaves(kind, fixed=fixed)

    def read(sink: Sink, pointer: str, value: object) -> None:
        if isinstance(value, str):
            sink.segment(kind, pointer, value, fixed=fixed)
        elif value is not None:
            other(sink, pointer, value)

    return read


def json_text(kind: Kind) -> Reader:
    """A string that holds JSON, as arguments do in some dialects."""
    other = leaves(kind)

    def read(sink: Sink, pointer: str, value: object) -> None:
        if isinstance(value, str):
            sink.embedded(kind, pointer, value)
        else:
            other(sink, pointer, value)

    return read


def url(sink: Sink, pointer: str, value: object) -> None:
    """An address is text; a ``data:`` URL is the thing itself, and the part already counts as
    unscanned."""
    if not (isinstance(value, str) and value[:5].lower() == "data:"):
        anything(sink, pointer, value)


def fields(table: Table, other: Reader = anything) -> Reader:
    """An object whose fields the table knows; ``other`` reads the rest."""

    def read(sink: Sink, pointer: str, value: object) -> None:
        if not isinstance(value, dict):
            other(sink, pointer, value)
            return
        for key, child in value.items():
            reader = table.get(key)
            if reader is None:
                other(sink, pointer, {key: child})
            elif child is not None and reader is not ignored:
                reader(sink, f"{pointer}/{key}", child)

    return read


def each(reader: Reader, other: Reader = anything) -> Reader:
    """A list of things of one shape."""

    def read(sink: Sink, pointer: str, value: object) -> None:
        if not isinstance(value, list):
            other(sink, pointer, value)
            return
        for index, child in enumerate(value):
            reader(sink, f"{pointer}/{index}", child)

    return read


def by_type(table: Table, unknown: Reader) -> Reader:
    """An object that says in ``type`` what it is."""

    def read(sink: Sink, pointer: str, value: object) -> None:
        name = value.get("type") if isinstance(value, dict) else None
        reader = table.get(name, unknown) if isinstance(name, str) else unknown
        reader(sink, pointer, value)

    return read


def with_gap(reason: str, reader: Reader) -> Reader:
    """A part that cannot be read, with texts around it that can."""

    def read(sink: Sink, pointer: str, value: object) -> None:
        sink.gap(pointer, reason)
        reader(sink, pointer, value)

    return read


def spoken_by(role: Role, reader: Reader) -> Reader:
    """What somebody else says inside a message."""

    def read(sink: Sink, pointer: str, value: object) -> None:
        speaker, sink.role = sink.role, role
        reader(sink, pointer, value)
        sink.role = speaker

    return read


def read_embedded(sink: Sink, kind: Kind, pointer: str, source: str) -> None:
    """JSON inside a string, leaf by leaf, so that escapes hide nothing and edits keep it valid.

    The pointers go on into the inner text (see :mod:`gateway.wire.pointer`). What is no JSON
    object or list, or is cut short, is read as it stands.
    """
    try:
        value = parse(source.encode())
    except (CallerError, UnicodeEncodeError):
        value = None
    if isinstance(value, dict | list):
        _ARGUMENTS[kind](sink, pointer, value)
    elif "\\" in source:
        sink.segment(kind, pointer, _BACKSLASH.sub(_unescaped, source), fixed=True)
    else:
        sink.segment(kind, pointer, source)


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return _SHORT.get(found[2], found[2])


_ARGUMENTS: Mapping[Kind, Reader] = {kind: leaves(kind) for kind in ("tool_arguments", "tool_result")}
