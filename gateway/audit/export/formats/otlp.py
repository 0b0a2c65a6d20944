"""OpenTelemetry log records, and their OTLP/JSON spelling: one ``ExportLogsServiceRequest`` a line.

Names are those of OpenTelemetry's semantic conventions where there is one (``gen_ai.*`` is in development),
and below ``lictor.`` where there is none. The body is the record as it stands in the log.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from gateway.audit.export.entry import Entry, Head
from gateway.audit.export.fields import Value, flat
from gateway.audit.export.formats.base import Lines
from gateway.audit.export.severity import Severity, severity

MAPPING: Mapping[str, str] = {
    "index": "lictor.log.index",
    "leaf": "lictor.log.leaf",
    "origin": "lictor.log.origin",
    "size": "lictor.log.size",
    "node": "lictor.node",
    "boot": "lictor.boot",
    "seq": "lictor.seq",
    "exchange": "lictor.exchange",
    "endpoint": "lictor.endpoint",
    "dialect": "lictor.dialect",
    "route": "lictor.route",
    "model": "gen_ai.request.model",
    "stream": "gen_ai.request.stream",
    "tenant": "lictor.tenant",
    "key": "lictor.key",
    "app": "lictor.app",
    "phase": "lictor.phase",
    "answer": "lictor.answer",
    "mode": "lictor.mode",
    "revision": "lictor.revision",
    "rules": "lictor.rules",
    "controls": "lictor.controls",
    "reason": "lictor.reason",
    "findings": "lictor.findings",
    "unchecked": "lictor.unchecked",
    "upstream": "lictor.upstream",
    "status": "http.response.status_code",
    "ending": "lictor.ending",
    "code": "error.type",
    "finish": "gen_ai.response.finish_reasons",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "bytes_in": "http.request.body.size",
    "bytes_out": "http.response.body.size",
    "micros": "lictor.micros",
    "by": "lictor.by",
    "action": "lictor.action",
    "state": "lictor.state",
}
"""Attribute for each field; ``ts`` and ``type`` are the time and the event name of the log record."""

OPERATIONS: Mapping[str, str] = {
    "chat.completions": "chat",
    "responses": "chat",
    "messages": "chat",
    "completions": "text_completion",
    "embeddings": "embeddings",
    "gemini.generate_content": "generate_content",
    "gemini.stream_generate_content": "generate_content",
    "gemini.embed_content": "embeddings",
    "gemini.batch_embed_contents": "embeddings",
    "tgi.generate": "text_completion",
    "tgi.generate_stream": "text_completion",
}
"""``gen_ai.operation.name`` of those of our endpoints that the conventions have a name for."""

PROVIDERS: Mapping[str, str] = {"openai": "openai", "anthropic": "anthropic", "gemini": "gcp.gemini"}
"""``gen_ai.provider.name`` by the beginning of the dialect: whose format is spoken."""

SCOPE = "lictor.audit"

SEVERITIES: Mapping[Severity, tuple[int, str]] = {
    Severity.INFORMATIONAL: (9, "INFO"),
    Severity.LOW: (10, "INFO2"),
    Severity.MEDIUM: (13, "WARN"),
    Severity.HIGH: (17, "ERROR"),
}


@dataclass(frozen=True, slots=True)
class LogRecord:
    """What OTLP says of an entry, before it is spelled as JSON or protobuf."""

    nanos: int
    severity: int
    severity_text: str
    event: str
    body: str
    attributes: Mapping[str, Value]
    resource: Mapping[str, Value]


def log_record(entry: Entry) -> LogRecord:
    """The log record of an entry.

    It was observed when it was recorded: the same log gives the same bytes.
    """
    values = flat(entry)
    level, text = SEVERITIES[severity(entry.record)]
    return LogRecord(
        nanos=_nanos(values.get("ts")),
        severity=level,
        severity_text=text,
        event=f"lictor.{values.get('type', 'record')}",
        body=entry.data.decode(),
        attributes=dict(_attributes(values)),
        resource={
            "service.name": "lictor",
            "service.instance.id": f"{values.get('node', '')}/{values.get('boot', '')}",
        },
    )


def _nanos(ts: Value | None) -> int:
    """Zero, which stands for an unknown time, where OTLP's 64 bits cannot hold it."""
    nanos = ts * 1_000_000 if isinstance(ts, int) else 0
    return nanos if 0 <= nanos < 1 << 63 else 0


def _attributes(values: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    yield "log.record.uid", f"{values['origin']}/{values['index']}"
    for field, name in MAPPING.items():
        if field in values:
            value = values[field]
            yield name, [str(value)] if field == "finish" else value
    operation = OPERATIONS.get(str(values.get("endpoint")))
    provider = PROVIDERS.get(str(values.get("dialect")).partition("_")[0])
    if operation:
        yield "gen_ai.operation.name", operation
    if operation and provider:
        yield "gen_ai.provider.name", provider


class Otlp:
    """A line for an entry, as the collector's file exporter and receiver have it."""

    name = "otlp"

    def writer(self, out: BinaryIO, head: Head) -> Lines:  # noqa: ARG002 - every line says it
        """One line for an entry."""
        return Lines(out, self)

    def messages(self, entry: Entry) -> Iterator[bytes]:
        """One."""
        record = log_record(entry)
        yield orjson.dumps({"resourceLogs": [_resource_logs(record)]})


def _resource_logs(record: LogRecord) -> dict[str, Any]:
    log = {
        "timeUnixNano": str(record.nanos),
        "observedTimeUnixNano": str(record.nanos),
        "severityNumber": record.severity,
        "severityText": record.severity_text,
        "eventName": record.event,
        "body": {"stringValue": record.body},
        "attributes": _key_values(record.attributes),
    }
    return {
        "resource": {"attributes": _key_values(record.resource)},
        "scopeLogs": [{"scope": {"name": SCOPE}, "logRecords": [log]}],
    }


def _key_values(values: Mapping[str, Value]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _any_value(value)} for key, value in values.items()]


def _any_value(value: Value) -> dict[str, Any]:
    """An ``AnyValue``; 64-bit integers are strings in protobuf's JSON."""
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case str():
            return {"stringValue": value}
    return {"arrayValue": {"values": [{"stringValue": item} for item in value]}}
