"""Canonical JSON: one record, one byte string.

The rules, a subset of RFC 8785 on which all serialisers agree:

* objects with ASCII keys in code-point order, no duplicates, no white space;
* strings, integers within 2^53 either way, ``true``, ``false``, lists and objects; no floats, no null;
* UTF-8, with only the escapes that JSON demands;
* at most 16 KiB.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

LIMIT = 16 * 1024
"""Hard cap of one record in bytes."""

Record = dict[str, Any]

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_SAFE = 2**53 - 1
_SHORT = 256

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_FRACTION = re.compile(rb"\.[0-9]+(?:e[+-]?[0-9]+)?[,}\]]")
_EXPONENT = re.compile(rb"0e[+-]?0+[,}\]]")
"""Ends of floats as orjson writes them, the latter where every digit is a 0: with certain letters to begin
with, they are quick to find."""

_INTEGERS = b"0123456789-{}[]:,"
"""What stands outside the strings of a record, ``true`` and ``false`` apart."""


def encode(record: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a record.

    Values from outside the subset are spelled as strings, and a record above :data:`LIMIT` loses
    the tails of its longest lists and says so under ``truncated``: a record is never lost.

    Raises:
        TypeError: a value is no JSON at all.
    """
    data = encode_trusted(record)
    if _integers_only(data) and (data.isascii() or _ascii_keys(record)):
        return data
    return encode_trusted(_spelled(record))


def encode_trusted(record: Mapping[str, Any]) -> bytes:
    """:func:`encode` for records whose builder never puts in floats, nulls or keys outside ASCII.

    The check of those costs more than the encoding, and this runs twice for each exchange.
    """
    try:
        data = orjson.dumps(record, option=_OPTIONS)
    except orjson.JSONEncodeError:
        data = orjson.dumps(_spelled(record), option=_OPTIONS)
    return data if len(data) <= LIMIT else _fit(orjson.loads(data))


def decode(data: bytes) -> Record:
    """The record of canonical bytes.

    Raises:
        ValueError: the bytes are not the canonical form of a record.
    """
    record = orjson.loads(data)
    if not isinstance(record, dict):
        raise ValueError("not an object")  # noqa: TRY004
    if not _integers_only(data) or not (data.isascii() or _ascii_keys(record)):
        raise ValueError("a float, null or key outside ASCII")
    if _dumped(record) != data:
        raise ValueError("not in canonical form")
    if len(data) > LIMIT:
        raise ValueError("longer than 16 KiB")
    return record


def canonical(entries: Iterable[bytes]) -> Iterator[Record]:
    """:func:`decode` one after the other, in half the time. Raises ValueError where it would.

    Whoever lets go of a record before taking the next one has its memory used again: keeping a few hundred
    takes longer than parsing them.
    """
    loads, dumps = orjson.loads, orjson.dumps
    for entry in entries:
        record = loads(entry)
        try:
            same = dumps(record, option=_OPTIONS) == entry
        except orjson.JSONEncodeError:
            same = False
        if same and type(record) is dict and entry.isascii() and len(entry) <= LIMIT and not _others(entry):
            yield record
        else:
            yield decode(entry)


def _others(data: bytes) -> bool:
    """False when no float and no null can be in canonical JSON; some strings look like them."""
    return b"null" in data or bool(_FRACTION.search(data) or _EXPONENT.search(data.translate(_DIGITS)))


def _integers_only(data: bytes) -> bool:
    """True when no float and no null stands in valid JSON; in bytes, since logs are long."""
    escaped = b"\\" in data
    outside = _STRING.sub(b"", data) if escaped else b"".join(data.split(b'"')[::2])
    return not outside.replace(b"true", b"").replace(b"false", b"").translate(None, _INTEGERS)


def _dumped(record: Record) -> bytes:
    try:
        return orjson.dumps(record, option=_OPTIONS)
    except orjson.JSONEncodeError as error:
        raise ValueError("an integer beyond 2^53") from error


def _ascii_keys(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(key.isascii() and _ascii_keys(item) for key, item in value.items())
    return not isinstance(value, list | tuple) or all(map(_ascii_keys, value))


def _spelled(value: Any) -> Any:  # noqa: ANN401
    """The value with everything outside the subset written as a string."""
    if isinstance(value, Mapping):
        return {_key(key): _spelled(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_spelled(item) for item in value if item is not None]
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > _SAFE):
        return repr(value)
    return value


def _key(key: object) -> str:
    return str(key).encode("ascii", "backslashreplace").decode()


def _fit(record: Record) -> bytes:
    """Halve the longest list until the record fits; without lists, keep its short scalars."""
    dropped: dict[str, int] = {}
    record["truncated"] = dropped
    while len(data := orjson.dumps(record, option=_OPTIONS)) > LIMIT:
        lists = [found for found in _lists(record) if found[-1]]
        if not lists:
            return _stub(record)
        path, holder, key, items = max(lists, key=lambda found: len(orjson.dumps(found[-1])))
        keep = len(items) // 2
        dropped[path] = dropped.get(path, 0) + len(items) - keep
        holder[key] = items[:keep]
    return data


def _lists(holder: Record, prefix: str = "") -> Iterator[tuple[str, Record, str, list[object]]]:
    """Every list that hangs on an object, with its dotted path, its holder and its key."""
    for key, value in holder.items():
        if isinstance(value, list):
            yield prefix + key, holder, key, value
        elif isinstance(value, dict):
            yield from _lists(value, f"{prefix}{key}.")


def _stub(record: Record) -> bytes:
    scalars = {key: value for key, value in record.items() if isinstance(value, str | int)}
    short = {
        key: value[:_SHORT] if isinstance(value, str) else value
        for key, value in sorted(scalars.items(), key=lambda item: (len(str(item[1])), item[0]))[:24]
        if len(key) <= _SHORT // 4
    }
    return orjson.dumps(short | {"truncated": {"record": 1}}, option=_OPTIONS)
