"""Common Event Format, version 0 (ArcSight, "Implementing ArcSight Common Event Format", version 25).

``CEF:0|vendor|product|version|signature id|name|severity|extension``. In the header, backslash and pipe are
escaped and there are no line breaks; in values of the extension, backslash, equals sign and line breaks are.
"""

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from gateway.audit.export.entry import Entry, Head
from gateway.audit.export.fields import Value, flat
from gateway.audit.export.formats.base import Lines
from gateway.audit.export.severity import Severity, severity

MAPPING: Mapping[str, str] = {
    "ts": "rt",
    "index": "externalId",
    "leaf": "cs1",
    "origin": "cs2",
    "boot": "cs3",
    "revision": "cs4",
    "model": "cs5",
    "rules": "cs6",
    "size": "cn1",
    "seq": "cn2",
    "status": "cn3",
    "exchange": "flexString1",
    "tenant": "flexString2",
    "node": "dvchost",
    "type": "cat",
    "answer": "act",
    "ending": "outcome",
    "reason": "reason",
    "key": "suid",
    "app": "sourceServiceName",
    "by": "suser",
    "endpoint": "request",
    "upstream": "destinationServiceName",
    "bytes_in": "in",
    "bytes_out": "out",
    "findings": "msg",
}
"""Key of the extension for each field."""

LABELS: Mapping[str, str] = {
    "cs1": "leafHash",
    "cs2": "logOrigin",
    "cs3": "boot",
    "cs4": "policyRevision",
    "cs5": "model",
    "cs6": "rules",
    "cn1": "logSize",
    "cn2": "sequence",
    "cn3": "httpStatus",
    "flexString1": "exchange",
    "flexString2": "tenant",
}
"""What the keys that CEF leaves to the sender stand for."""

_LIMIT = 1023
"""Longest value that CEF allows for most keys, in characters; less is allowed only where ours are short."""

SEVERITIES: Mapping[Severity, int] = {
    Severity.INFORMATIONAL: 1,
    Severity.LOW: 3,
    Severity.MEDIUM: 6,
    Severity.HIGH: 8,
}
_BREAKS = re.compile(r"[\x00-\x1f\x7f]")
_CONTROLS = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")


class Cef:
    """One event for an entry."""

    name = "cef"

    def writer(self, out: BinaryIO, head: Head) -> Lines:  # noqa: ARG002 - every line says it
        """One line for an entry."""
        return Lines(out, self)

    def messages(self, entry: Entry) -> Iterator[bytes]:
        """One."""
        values = flat(entry)
        kind, answer = str(values.get("type", "")), values.get("answer")
        title = f"{kind}: {answer}" if answer else kind
        parts = ["CEF:0", "Lictor", "Lictor", str(entry.record.get("v", 1)), kind, title]
        severest = SEVERITIES[severity(entry.record)]
        header = "|".join([parts[0], *map(header_value, parts[1:]), str(severest)])
        yield f"{header}|{extension(values)}".encode()


def extension(values: Mapping[str, Value]) -> str:
    """The key-value pairs of an entry's fields."""
    return " ".join(_pairs(values))


def _pairs(values: Mapping[str, Value]) -> Iterator[str]:
    for field, key in MAPPING.items():
        if field in values:
            yield f"{key}={extension_value(_text(values[field]))}"
            if key in LABELS:
                yield f"{key}Label={LABELS[key]}"


def _text(value: Value) -> str:
    text = ",".join(value) if isinstance(value, list) else str(value)
    return text[:_LIMIT]


def header_value(text: str) -> str:
    """Escaped for the header; control characters, line breaks among them, become spaces."""
    return _BREAKS.sub(" ", text).replace("\\", "\\\\").replace("|", "\\|")


def extension_value(text: str) -> str:
    """Escaped for a value of the extension; control characters other than line breaks become spaces."""
    escaped = _CONTROLS.sub(" ", text).replace("\\", "\\\\").replace("=", "\\=")
    return escaped.replace("\r", "\\r").replace("\n", "\\n")
