"""Checks and look-ups that all request and response readers share."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from gateway.core.errors import CallerError
from gateway.core.exchange import Usage


def required_object(value: object, pointer: str = "") -> dict[str, object]:
    """The value, which must be an object."""
    if not isinstance(value, dict):
        raise CallerError(
            400, "invalid_type", f"{pointer[1:] or 'the body'} must be an object", pointer or None
        )
    return value


def required_list(value: object, pointer: str) -> list[object]:
    """The value, which must be a list."""
    if not isinstance(value, list):
        raise CallerError(400, "invalid_type", f"{pointer[1:]} must be a list", pointer)
    return value


def required_text(value: object, pointer: str) -> str:
    """The value, which must be a string."""
    if not isinstance(value, str):
        raise CallerError(400, "invalid_type", f"{pointer[1:]} must be a string", pointer)
    return value


def flag(value: object, pointer: str) -> bool:
    """The value, which must be a boolean or absent."""
    if value is None or isinstance(value, bool):
        return bool(value)
    raise CallerError(400, "invalid_type", f"{pointer[1:]} must be a boolean", pointer)


def parameters(body: Mapping[str, object], declared: AbstractSet[str]) -> dict[str, object]:
    """Declared scalar parameters. Long strings are left out: a parameter must not carry text."""
    return {
        name: value
        for name, value in body.items()
        if name in declared
        and (isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 64))
    }


def word(value: object) -> str:
    """The value if it is a string, else nothing."""
    return value if isinstance(value, str) else ""


def member(value: object, *path: str) -> object:
    """The value below some keys, or None."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def items(value: object) -> list[object]:
    """The value if it is a list, else nothing."""
    return value if isinstance(value, list) else []


def count(value: object) -> int | None:
    """The value if it is a whole number, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def total(*counts: int | None) -> int | None:
    """The sum of what is known, or None where nothing is."""
    known = [number for number in counts if number is not None]
    return sum(known) if known else None


def latest(old: Usage, new: Usage) -> Usage:
    """The newer counts, where there are any."""
    return Usage(
        old.input_tokens if new.input_tokens is None else new.input_tokens,
        old.output_tokens if new.output_tokens is None else new.output_tokens,
    )
