"""Files that can be read: text, and JSON in lines. Edits of one leave every other byte as it was.

A file's text stands at ``/text``, or below ``/json`` where all of it is one JSON text; a value in its third
line stands below ``/rows/2``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.core.errors import CallerError
from gateway.wire.read import leaves
from gateway.wire.sink import Sink
from gateway.wire.splice import Edit, Patch, apply, merged, splice
from gateway.wire.strict import parse

_CONTROL_CHARACTERS = frozenset(map(chr, range(32))) - set("\t\n\r\f")
_json = leaves("text")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, as it came."""

    data: bytes
    filename: str = ""
    content_type: bytes = b""


def read_document(sink: Sink, pointer: str, data: bytes) -> None:
    """JSON is read value by value, other text as it stands; the rest is a gap."""
    lines = _lines(data)
    if lines:
        for number, row in lines:
            _json(sink, f"{pointer}/rows/{number}", row)
        return
    text, value = plain(data), _whole(data)
    if isinstance(value, dict | list):
        _json(sink, f"{pointer}/json", value)
    elif text is None:
        sink.gap(pointer, "file")
    else:
        sink.segment("text", f"{pointer}/text", text)


def _lines(data: bytes) -> Sequence[tuple[int, Mapping[str, object]]]:
    try:
        return list(rows(data))
    except CallerError:
        return ()


def _whole(data: bytes) -> object:
    try:
        return parse(data)
    except CallerError:
        return None


def rows(data: bytes) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The objects of a JSON Lines file with the numbers of their lines, counted from 0.

    Raises:
        CallerError: 400 ``malformed_row``; a line is not exactly one JSON object that all parsers read alike.
    """
    for number, line in enumerate(data.split(b"\n")):
        if line.strip():
            yield number, _object(number, line)


def _object(number: int, line: bytes) -> Mapping[str, object]:
    try:
        value = parse(line)
    except CallerError as error:
        raise CallerError(400, "malformed_row", f"line {number + 1} of the file: {error.message}") from None
    if not isinstance(value, dict):
        raise CallerError(400, "malformed_row", f"line {number + 1} of the file is not a JSON object")
    return value


def plain(data: bytes) -> str | None:
    """The text of a file of text, or None for any other file."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROL_CHARACTERS.intersection(text) else text


def splice_document(data: bytes, edits: Iterable[Edit], removals: Iterable[str] = ()) -> bytes:
    """The file with edits made. Pointers are those of this module.

    Raises:
        LookupError: a pointer leads nowhere.
    """
    whole: list[Edit] = []
    inner: list[Edit] = []
    by_row: dict[int, tuple[list[Edit], list[str]]] = {}
    for edit in edits:
        if edit.pointer == "/text":
            whole.append(edit)
        elif edit.pointer.startswith("/json/"):
            inner.append(replace(edit, pointer=edit.pointer.removeprefix("/json")))
        else:
            number, rest = _in_row(edit.pointer)
            by_row.setdefault(number, ([], []))[0].append(Edit(rest, edit.start, edit.end, edit.text))
    for pointer in removals:
        number, rest = _in_row(pointer)
        by_row.setdefault(number, ([], []))[1].append(rest)
    if inner:
        return splice(data, inner)
    return _text(data, whole) if whole else _rows(data, by_row)


def _in_row(pointer: str) -> tuple[int, str]:
    name, _, below = pointer.removeprefix("/").partition("/")
    number, slash, rest = below.partition("/")
    if name != "rows" or not number.isdecimal():
        raise LookupError("nothing at this pointer")
    return int(number), slash + rest


def _text(data: bytes, edits: Sequence[Edit]) -> bytes:
    text = data.decode()
    if any(not 0 <= edit.start <= edit.end <= len(text) for edit in edits):
        raise LookupError("a span leaves its text")
    return apply(text, [Patch(edit.start, edit.end, edit.text) for edit in merged(edits)]).encode()


def _rows(data: bytes, by_row: Mapping[int, tuple[list[Edit], list[str]]]) -> bytes:
    lines = data.split(b"\n")
    for number, (edits, removals) in by_row.items():
        if number >= len(lines):
            raise LookupError("nothing at this pointer")
        lines[number] = splice(lines[number], edits, removals)
    return b"\n".join(lines)
