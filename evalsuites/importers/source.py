"""What every reader gives, and what all of them read with."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evalsuites.harness.faults import UsageFault

Columns = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a source."""

    where: str
    """File and line, or file and entry."""

    columns: Columns


@dataclass(frozen=True, slots=True)
class Flaw:
    """A row that cannot be used, and why."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Source:
    """What was read."""

    name: str
    """As the card names it: without the folders of whoever imports."""

    digest: str
    """``sha256:`` of the file's bytes, or of the names and digests of several."""

    rows: Sequence[Row | Flaw]
    made_by: str = ""
    """Tool and version, where the source says so."""

    model: str = ""
    """What was asked, where the source holds answers."""

    named: bool = False
    """Whether columns are called as fields are, so that nothing needs to be mapped."""

    passed_over: Mapping[str, int] = field(default_factory=dict)
    """Entries that are no rows, such as a tool's own configuration, by kind."""


Reader = Callable[[str], Source]
"""Reads a file, or a data set by name.

Raises:
    UsageFault: it cannot be read at all. What is wrong with single rows is a :class:`Flaw`.
"""


class Malformed(ValueError):
    """A row, or a part of it, that cannot be read; says why."""


def content(source: str) -> bytes:
    """The bytes of a file.

    Raises:
        UsageFault: it cannot be read.
    """
    try:
        return Path(source).read_bytes()
    except (OSError, ValueError) as error:
        raise UsageFault(source, f"cannot be read: {error}") from None


def digest_of(body: bytes) -> str:
    """``sha256:`` and the hexadecimal digest."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def parsed(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    """What a JSON text says. NaN is let through: tools write it for scores that they could not take.

    Raises:
        Malformed: it is no JSON, or says a name twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise Malformed("it is nested too deeply") from None
    except ValueError as error:
        raise Malformed(f"this is no JSON: {error}") from None


def lines(body: bytes, name: str) -> Iterator[Row | Flaw]:
    """JSON Lines: an object a line. Blank lines are nothing."""
    for number, line in enumerate(body.split(b"\n"), 1):
        if line.strip():
            yield _row(f"{name}:{number}", line, parsed)


def entries(
    found: Sequence[Any],
    place: Callable[[int], str],
    read: Callable[[Any], Any] = lambda entry: entry,
) -> Iterator[Row | Flaw]:
    """A row for each entry; a flaw where reading it fails, or gives no object."""
    return (_row(place(number), entry, read) for number, entry in enumerate(found))


def _row(where: str, entry: Any, read: Callable[[Any], Any]) -> Row | Flaw:  # noqa: ANN401 - JSON
    try:
        return Row(where, member({"": read(entry)}, "", dict))
    except Malformed as error:
        return Flaw(where, str(error))


def document(source: str) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a file and the one JSON object that it is.

    Raises:
        UsageFault: it is none.
    """
    body = content(source)
    try:
        return body, member({"": parsed(body)}, "", dict)
    except Malformed as error:
        raise UsageFault(source, str(error)) from None


def member(value: Mapping[str, Any], name: str, kind: type | tuple[type, ...]) -> Any:  # noqa: ANN401 - JSON
    """A member of the type that it must have.

    Raises:
        Malformed: it is missing, or of another type.
    """
    found = value.get(name)
    if not isinstance(found, kind):
        raise Malformed(
            f"`{name}` is missing or of another type" if name else "this must be an object with names"
        )
    return found


def optional(value: object, name: str, kind: type | tuple[type, ...]) -> Any:  # noqa: ANN401 - JSON
    """A member of the type that it should have; None where it has not."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, kind) else None


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Malformed(f"`{name}` stands twice")
        found[name] = value
    return found
