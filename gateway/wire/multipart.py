"""Forms with files (RFC 7578), read strictly, and edited so that every other byte survives.

What two parsers could read differently is refused: text before the first boundary or behind the last,
bare line ends, a field given twice, names with escapes, encodings of transfer.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from gateway.core.errors import CallerError
from gateway.wire.document import Upload, splice_document
from gateway.wire.pointer import escape, split
from gateway.wire.splice import Edit, Patch, apply, merged

Field = str | Upload | list[str | Upload]

# RFC 2046 section 5.1.1: what a boundary may be made of.
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_PARAMETER = re.compile(r';[ \t]*([\w*.-]+)=(?:"([^"\\\r\n]*)"|([^\s;"\\]+))[ \t]*')
_TRANSFER = frozenset({"7bit", "8bit", "binary"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form."""

    head: bytes
    """Its header fields, up to and with the blank line."""

    content: bytes
    name: str
    filename: str | None
    content_type: bytes

    def value(self) -> str | Upload:
        """A text, or a file where the part names one.

        Raises:
            CallerError: 400 ``invalid_utf8``.
        """
        if self.filename is not None:
            return Upload(self.content, self.filename, self.content_type)
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            raise CallerError(400, "invalid_utf8", "a field is not valid UTF-8", f"/{self.name}") from None


@dataclass(frozen=True, slots=True)
class Form:
    """A form with its boundary."""

    boundary: bytes

    def fields(self, raw: bytes) -> dict[str, Field]:
        """Fields by name. One whose name ends with ``[]`` is a list.

        Raises:
            CallerError: 400; ``malformed_form``, ``duplicate_field`` or ``invalid_utf8``.
        """
        out: dict[str, Field] = {}
        for part in self.parts(raw):
            value = part.value()
            listed = out.setdefault(part.name, []) if part.name.endswith("[]") else None
            if isinstance(listed, list):
                listed.append(value)
            elif part.name in out:
                raise CallerError(400, "duplicate_field", "a field is given twice", f"/{escape(part.name)}")
            else:
                out[part.name] = value
        return out

    def parts(self, raw: bytes) -> Iterator[Part]:
        """The parts in their order.

        Raises:
            CallerError: 400 ``malformed_form``.
        """
        before, *pieces = (b"\r\n" + raw).split(self._delimiter)
        middle, last = pieces[:-1], pieces[-1:]
        if before or last not in ([b"--"], [b"--\r\n"]) or not middle:
            raise _malformed("the form does not begin and end with its boundary")
        for piece in middle:
            head, blank, content = piece.partition(b"\r\n\r\n")
            if not blank or not head.startswith(b"\r\n"):
                raise _malformed("a part has no header")
            yield _part(head[2:], content)

    def splice(self, raw: bytes, edits: Sequence[Edit], removals: Sequence[str] = ()) -> bytes:
        """The form with edits made.

        Raises:
            LookupError: a pointer leads nowhere.
        """
        work = _Work(edits, removals)
        parts = [work.done(part) for part in self.parts(raw)]
        work.check()
        ending = raw[raw.rindex(self._delimiter) :]
        delimiter = self._delimiter[2:] + b"\r\n"
        return (b"\r\n" + delimiter).join([b"", *(part.head + part.content for part in parts)])[2:] + ending

    @property
    def _delimiter(self) -> bytes:
        return b"\r\n--" + self.boundary


def form(content_type: bytes) -> Form:
    """The form that a content type announces.

    Raises:
        CallerError: 400 ``invalid_content_type``.
    """
    kind, _, rest = content_type.decode("latin-1").partition(";")
    found = _parameters(";" + rest) if kind.strip().lower() == "multipart/form-data" else {}
    boundary = found.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise CallerError(
            400, "invalid_content_type", "this endpoint takes multipart/form-data with a boundary"
        )
    return Form(boundary.encode())


class _Work:
    """Edits by the field that they concern."""

    def __init__(self, edits: Sequence[Edit], removals: Sequence[str]) -> None:
        self._edits: dict[str, list[Edit]] = {}
        self._removals: dict[str, list[str]] = {}
        for edit in edits:
            name, rest = _field(edit.pointer)
            self._edits.setdefault(name, []).append(replace(edit, pointer=rest))
        for pointer in removals:
            name, rest = _field(pointer)
            self._removals.setdefault(name, []).append(rest)
        self._seen: dict[str, int] = {}

    def done(self, part: Part) -> Part:
        """The part with its edits made."""
        name = "/" + escape(part.name)
        if part.name.endswith("[]"):
            index = self._seen.get(part.name, 0)
            self._seen[part.name] = index + 1
            name = f"{name}/{index}"
        edits, removals = self._edits.pop(name, []), self._removals.pop(name, [])
        if not edits and not removals:
            return part
        if part.filename is not None:
            return replace(part, content=splice_document(part.content, edits, removals))
        if removals or any(edit.pointer for edit in edits):
            raise LookupError("nothing at this pointer")
        patches = [Patch(edit.start, edit.end, edit.text) for edit in merged(edits)]
        return replace(part, content=apply(part.content.decode(), patches).encode())

    def check(self) -> None:
        """All edits were made."""
        if self._edits or self._removals:
            raise LookupError("nothing at this pointer")


def _field(pointer: str) -> tuple[str, str]:
    """The pointer of a field, and what goes on inside it."""
    tokens = split(pointer)
    if not tokens:
        raise LookupError("the whole form cannot be edited")
    depth = 2 if tokens[0].endswith("[]") else 1
    here, rest = tokens[:depth], tokens[depth:]
    return "".join(f"/{escape(token)}" for token in here), "".join(f"/{escape(token)}" for token in rest)


def _part(head: bytes, content: bytes) -> Part:
    fields = dict(_header_fields(head))
    kind, found = _disposition(fields.get("content-disposition", ""))
    name = found.get("name", "")
    if kind != "form-data" or not name or "%" in name:
        raise _malformed("a part has no plain name")
    if fields.get("content-transfer-encoding", "binary").lower() not in _TRANSFER:
        raise _malformed("a part has an encoding of transfer")
    content_type = fields.get("content-type", "")
    charset = _parameters(";" + content_type.partition(";")[2]).get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "us-ascii"):
        raise _malformed("a part is not in UTF-8")
    whole = b"\r\n".join((head, b"", b""))
    return Part(whole, content, name, _filename(found), content_type.encode())


def _filename(found: Mapping[str, str]) -> str | None:
    """RFC 7578 section 4.2 forbids a second spelling; some clients send one all the same, beside it."""
    plain = found.get("filename")
    if any(name.endswith("*") and name != "filename*" for name in found):
        raise _malformed("a header parameter has a second spelling")
    second = found.get("filename*")
    if second is not None:
        charset, _, rest = second.partition("'")
        if charset.lower() != "utf-8" or unquote(rest.partition("'")[2]) != plain:
            raise _malformed("a file has two names")
    return plain


def _header_fields(head: bytes) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    try:
        lines = head.decode().split("\r\n")
    except UnicodeDecodeError:
        raise _malformed("a header is not valid UTF-8") from None
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or not re.fullmatch(r"[\w-]+", name) or name in seen or set(line) & {"\r", "\n", "\0"}:
            raise _malformed("a part has a malformed header")
        seen.add(name)
        yield name, value.strip(" \t")


def _disposition(value: str) -> tuple[str, Mapping[str, str]]:
    kind, semicolon, rest = value.partition(";")
    return kind.strip().lower(), _parameters(semicolon + rest)


def _parameters(text: str) -> Mapping[str, str]:
    """Parameters of a header field, each once."""
    out: dict[str, str] = {}
    at = 0
    while at < len(text.rstrip("; \t")):
        found = _PARAMETER.match(text, at)
        if found is None or found[1].lower() in out:
            raise _malformed("a header parameter is malformed")
        out[found[1].lower()] = found[2] if found[2] is not None else found[3]
        at = found.end()
    return out


def _malformed(message: str) -> CallerError:
    return CallerError(400, "malformed_form", message)
