"""Strict JSON (RFC 8259): what two parsers could read differently is refused.

A gateway that reads a body one way while the provider reads it another way can be talked past.
So there are no duplicate keys (however they are spelled), no invalid UTF-8, no lone surrogates, no
byte order mark, no NaN, no number beyond a double, and no nesting that some parser gives up on.
"""

import math
import re
from collections.abc import Iterable

import jiter

from gateway.core.errors import CallerError

MAX_DEPTH = 128
"""Containers inside containers. The limit of serde_json; legitimate bodies stay below twenty."""

_POSITION = re.compile(r"(.*) at line (\d+) column (\d+)", re.DOTALL)
_LEAF = frozenset({str, int, bool, type(None)})

# How the parser's complaint begins: our code, and a sentence that repeats nothing of the body.
_COMPLAINTS = (
    ("Detected duplicate key", "duplicate_key", "an object has the same key twice"),
    ("invalid unicode code point", "invalid_utf8", "the body is not valid UTF-8"),
    ("recursion limit exceeded", "too_deep", "the body is nested too deeply"),
    ("lone leading surrogate", "lone_surrogate", "a string has half of a surrogate pair"),
    ("unexpected end of hex escape", "lone_surrogate", "a string has half of a surrogate pair"),
    ("number out of range", "number_out_of_range", "a number is out of range"),
)


def parse(raw: bytes) -> object:
    """The value of a JSON text.

    Raises:
        CallerError: 400; ``duplicate_key``, ``invalid_utf8``, ``byte_order_mark``, ``too_deep``,
            ``lone_surrogate``, ``number_out_of_range``, ``empty_body`` or ``malformed_json``.
    """
    try:
        value: object = jiter.from_json(
            raw, allow_inf_nan=False, cache_mode="keys", catch_duplicate_keys=True
        )
    except ValueError as error:
        raise _refused(raw, str(error)) from None
    _check(value)
    return value


def parse_object(raw: bytes) -> dict[str, object]:
    """As :func:`parse`, for a body that must be an object.

    Raises:
        CallerError: 400; as :func:`parse`, or ``invalid_type``.
    """
    value = parse(raw)
    if not isinstance(value, dict):
        raise CallerError(400, "invalid_type", "the body must be a JSON object")
    return value


def _refused(raw: bytes, complaint: str) -> CallerError:
    if not raw.strip():
        return CallerError(400, "empty_body", "the body is empty")
    if raw.startswith(b"\xef\xbb\xbf"):
        return CallerError(400, "byte_order_mark", "the body begins with a byte order mark")
    found = _POSITION.fullmatch(complaint)
    where = f" (line {found[2]}, column {found[3]})" if found else ""
    for prefix, code, message in _COMPLAINTS:
        if complaint.startswith(prefix):
            return CallerError(400, code, message + where)
    return CallerError(400, "malformed_json", f"the body is not valid JSON{where}")


def _check(value: object) -> None:
    """What the parser lets through: deep nesting, and numbers that became infinite."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = _below(level)
        if not level:
            return
    raise CallerError(400, "too_deep", "the body is nested too deeply")


def _below(nodes: Iterable[object]) -> list[object]:
    """The children of some nodes that need a look of their own."""
    below: list[object] = []
    for node in nodes:
        if isinstance(node, dict):
            below += [child for child in node.values() if child.__class__ not in _LEAF]
        elif isinstance(node, list):
            below += [child for child in node if child.__class__ not in _LEAF]
        elif isinstance(node, float) and math.isinf(node):
            raise CallerError(400, "number_out_of_range", "a number is out of range")
    return below
