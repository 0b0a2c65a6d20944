"""Syslog (RFC 5424): a header, what can be filtered on as structured data, and a body in another format."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import BinaryIO

from gateway.audit.export.entry import Entry, Head
from gateway.audit.export.fields import Value, flat
from gateway.audit.export.formats.base import Lines, MessageFormat
from gateway.audit.export.severity import Severity, severity

FACILITY = 13
"""``log audit`` (RFC 5424, table 1)."""

SD_ID = "lictor@32473"
"""Name of our structured data. 32473 is the number of RFC 5612, for those who have none of their own."""

PARAMETERS = (
    "index", "leaf", "origin", "size", "seq", "exchange", "tenant", "key", "app", "endpoint", "model",
    "phase", "answer", "mode", "revision", "rules", "findings", "status", "ending", "code",
)  # fmt: skip
"""Fields that are in the structured data, under their own names."""

SEVERITIES: Mapping[Severity, int] = {
    Severity.INFORMATIONAL: 6,
    Severity.LOW: 5,
    Severity.MEDIUM: 4,
    Severity.HIGH: 3,
}
_BOM = b"\xef\xbb\xbf"
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")
_WIDE = re.compile(r"[^\x00-\x7f]")


class Syslog:
    """One message for each message of the format inside."""

    def __init__(self, body: MessageFormat, name: str = "syslog") -> None:
        self._body = body
        self.name = name

    def writer(self, out: BinaryIO, head: Head) -> Lines:  # noqa: ARG002 - every message says it
        """One line for a message."""
        return Lines(out, self)

    def messages(self, entry: Entry) -> Iterator[bytes]:
        """As many as the body's format has."""
        header = _header(entry)
        for body in self._body.messages(entry):
            yield header + _body(body)


def _header(entry: Entry) -> bytes:
    values = flat(entry)
    priority = FACILITY * 8 + SEVERITIES[severity(entry.record)]
    names = (("node", 255), ("boot", 128), ("type", 32))
    host, process, kind = (_name(values.get(name), longest) for name, longest in names)
    at = _timestamp(values.get("ts"))
    return f"<{priority}>1 {at} {host} lictor {process} {kind} {structured(values)} ".encode()


def structured(values: Mapping[str, Value]) -> str:
    """The structured data element (RFC 5424, section 6.3)."""
    parameters = (f' {name}="{_parameter(values[name])}"' for name in PARAMETERS if name in values)
    return f"[{SD_ID}{''.join(parameters)}]"


def _parameter(value: Value) -> str:
    text = ",".join(value) if isinstance(value, list) else str(value)
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]").replace("\n", " ")


def _name(value: Value | None, longest: int) -> str:
    """What the header allows: printable ASCII without spaces; a hyphen stands for nothing."""
    return _UNPRINTABLE.sub("_", str(value or ""))[:longest] or "-"


def _timestamp(ms: Value | None) -> str:
    try:
        at = datetime.fromtimestamp(int(str(ms)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return "-"
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _body(message: bytes) -> bytes:
    """ASCII as it is. JSON is made so by its own escapes; other text says by a mark that it is UTF-8."""
    if message.isascii():
        return message
    if message.startswith(b"{"):
        return _WIDE.sub(_escaped, message.decode()).encode()
    return _BOM + message


def _escaped(match: re.Match[str]) -> str:
    """A character as JSON escapes it, in two halves beyond the basic plane (RFC 8259, section 7)."""
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
