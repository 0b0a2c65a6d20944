"""How much a record asks to be looked at, in the words that every format has for it."""

from collections.abc import Callable, Mapping
from enum import IntEnum

from gateway.audit.canonical import Record


class Severity(IntEnum):
    """From business as usual to what somebody should see today."""

    INFORMATIONAL = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4


_ANSWERS: Mapping[object, Severity] = {
    "flag": Severity.LOW,
    "transform": Severity.LOW,
    "require_approval": Severity.MEDIUM,
    "deny": Severity.MEDIUM,
    "error_open": Severity.HIGH,
    "error_closed": Severity.HIGH,
}
_ENDINGS: Mapping[object, Severity] = {
    "denied": Severity.MEDIUM,
    "upstream_error": Severity.LOW,
    "fault": Severity.HIGH,
    "refused": Severity.LOW,
}
_TYPES: Mapping[object, Severity] = {
    "refused": Severity.LOW,
    "approval": Severity.LOW,
    "access": Severity.LOW,
    "erasure": Severity.LOW,
    "hold": Severity.LOW,
    "retention": Severity.LOW,
    "bypass": Severity.HIGH,
}
_STATES: Mapping[object, Severity] = {"fail": Severity.MEDIUM, "inconclusive": Severity.LOW}


def severity(record: Record) -> Severity:
    """The highest that any part of the record asks for."""
    return max((look(record) for look in _LOOKS), default=Severity.INFORMATIONAL)


def _decided(record: Record) -> Severity:
    return _ANSWERS.get(_inner(record, "decision", "answer"), Severity.INFORMATIONAL)


def _ended(record: Record) -> Severity:
    return _ENDINGS.get(_inner(record, "outcome", "ending"), Severity.INFORMATIONAL)


def _typed(record: Record) -> Severity:
    kind = record.get("type")
    if kind == "bundle":
        return Severity.LOW if record.get("accepted") is True else Severity.HIGH
    if kind == "gate":
        return _STATES.get(_text(record.get("state")), Severity.INFORMATIONAL)
    return _TYPES.get(_text(kind), Severity.INFORMATIONAL)


_LOOKS: tuple[Callable[[Record], Severity], ...] = (_decided, _ended, _typed)


def _inner(record: Record, outer: str, name: str) -> str:
    holder = record.get(outer)
    return _text(holder.get(name)) if isinstance(holder, dict) else ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
