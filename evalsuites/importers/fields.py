"""Fields: what a column means for a case.

| field | is |
|---|---|
| `id`, `epoch` | which case, and which of several tries |
| `user`, `system`, `messages`, `prompt` | what is asked: a question with or without a system prompt, a conversation, or a text to be continued |
| `input.NAME` | another member of the request |
| `expect.NAME`, `strata.NAME` | what metrics read, and what gates select by |
| `answer`, `error`, `milliseconds`, `tokens_in`, `tokens_out` | what was answered before |
| `score.NAME`, `reason.NAME` | what was thought of it |
"""  # noqa: E501 - a table

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evalsuites.harness.faults import UsageFault
from evalsuites.importers.source import Columns, Malformed, Row, Source, parsed

PLAIN = (
    "id", "epoch", "user", "system", "messages", "prompt",
    "answer", "error", "milliseconds", "tokens_in", "tokens_out",
)  # fmt: skip
PREFIXES = ("input.", "expect.", "strata.", "score.", "reason.")
QUESTIONS = ("user", "messages", "prompt")
_JSON = ":json"


@dataclass(frozen=True, slots=True)
class Field:
    """A field and the column that it is read from."""

    name: str
    column: str
    json: bool = False
    """Whether the column holds JSON as text."""


def fields_of(given: Sequence[str], source: Source) -> tuple[Field, ...]:
    """The fields of a source: those that are given as ``field=column`` or ``field:json=column``, over those
    that the columns are called like where the source names them so.

    Raises:
        UsageFault: there is no such field or column, or nothing is asked.
    """
    there = _columns(source)
    own = {name: Field(name, name) for name in there if known(name)} if source.named else {}
    told = {one.name: one for one in (_field(text) for text in given)}
    for one in told.values():
        if one.column not in there and not any(_found(row.columns, one.column) for row in _rows(source)):
            raise UsageFault(f"--map {one.name}", f"no row has `{one.column}`; there are {', '.join(there)}")
    asked = [name for name in QUESTIONS if name in told] or [name for name in QUESTIONS if name in own]
    if not asked:
        raise UsageFault("--map", f"say which column is `user`, `messages` or `prompt`: {', '.join(there)}")
    merged = {name: one for name, one in {**own, **told}.items() if name not in QUESTIONS or name in asked}
    return tuple(merged.values())


def known(name: str) -> bool:
    """Whether there is such a field."""
    return name in PLAIN or any(name.startswith(prefix) and name != prefix for prefix in PREFIXES)


def picked(fields: Sequence[Field], columns: Columns) -> dict[str, Any]:
    """The values of a row by field, those that are not there left out.

    Raises:
        Malformed: a column should hold JSON and does not.
    """
    found = {}
    for one in fields:
        value = _found(columns, one.column)
        if value is not None:
            found[one.name] = _json(value, one) if one.json else value
    return found


def group(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The fields that begin with a prefix, by what follows it."""
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _field(text: str) -> Field:
    name, _, column = text.partition("=")
    name, json = name.removesuffix(_JSON), name.endswith(_JSON)
    if not column or not known(name):
        names = ", ".join((*PLAIN, *(f"{prefix}NAME" for prefix in PREFIXES)))
        raise UsageFault(f"--map {text}", f"this must be field=column with a field out of {names}")
    return Field(name, column, json)


def _json(value: object, field: Field) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parsed(value)
    except Malformed as error:
        raise Malformed(f"`{field.column}`: {error}") from None


def _found(columns: Columns, path: str) -> Any:  # noqa: ANN401 - JSON
    """A column, or a member of one: ``answers.text.0``."""
    if path in columns:
        return columns[path]
    value: Any = columns
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, Sequence) and not isinstance(value, str) and step.isdecimal():
            value = value[int(step)] if int(step) < len(value) else None
        else:
            return None
    return value


def _rows(source: Source) -> Iterator[Row]:
    return (row for row in source.rows if isinstance(row, Row))


def _columns(source: Source) -> list[str]:
    return sorted({str(name) for row in _rows(source) for name in row.columns})
