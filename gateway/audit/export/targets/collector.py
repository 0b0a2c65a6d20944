"""An OpenTelemetry collector, or what else speaks OTLP over HTTP. Needs the extra ``otel``."""

from collections.abc import Sequence
from typing import Any

import requests
from google.protobuf.message import DecodeError
from opentelemetry._logs import LogRecord as ApiRecord
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from gateway.audit.export.entry import Entry
from gateway.audit.export.formats.otlp import SCOPE, LogRecord, log_record
from gateway.audit.export.targets.base import Undelivered

PATH = "/v1/logs"
"""Where OTLP over HTTP takes logs (OTLP specification 1.9, "OTLP/HTTP request")."""

TIMEOUT_S = 10.0
"""For one batch, with what OpenTelemetry's exporter itself tries again meanwhile."""


class Collector:
    """Sends with OpenTelemetry's own exporter; further headers come from ``OTEL_EXPORTER_OTLP_HEADERS``."""

    lasting = True

    def __init__(self, url: str, *, authority: str | None = None, certificate: str | None = None) -> None:
        """Connect when something is to be sent.

        Args:
            url: the address, with or without :data:`PATH`.
            authority: file with the certificates (PEM) to trust instead of the system's.
            certificate: file with our certificate and its key (PEM).
        """
        host, _, path = url.partition("://")[2].partition("/")
        self._session = _Session()
        self._exporter = OTLPLogExporter(
            endpoint=url if path else f"{url.partition('://')[0]}://{host}{PATH}",
            certificate_file=authority,
            client_certificate_file=certificate,
            client_key_file=certificate,
            timeout=TIMEOUT_S,
            session=self._session,
        )

    def send(self, entries: Sequence[Entry]) -> None:
        """Returns when the collector has accepted all of them."""
        result = self._exporter.export([_readable(log_record(entry)) for entry in entries])
        if result is not LogRecordExportResult.SUCCESS or self._session.fault:
            raise Undelivered(self._session.fault or "nothing was sent")

    def finish(self) -> None:
        """Close the connection."""
        self.abandon()

    def abandon(self) -> None:
        """As :meth:`finish`."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call]


class _Session(requests.Session):
    """Looks at the answers: the exporter takes a redirection, and records that were rejected, for success."""

    fault = ""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # noqa: ANN401
        """As requests has it."""
        self.fault = "no answer"
        response = super().send(request, **options)
        self.fault = _fault(response)
        return response


def _fault(response: requests.Response) -> str:
    """What an answer says of records that were not taken (OTLP specification, "OTLP/HTTP response")."""
    if not 200 <= response.status_code < 300:
        return f"HTTP {response.status_code}"
    if not response.headers.get("content-type", "").startswith("application/x-protobuf"):
        return ""
    try:
        partial = ExportLogsServiceResponse.FromString(response.content).partial_success
    except DecodeError:
        return "an answer that is no OTLP"
    count = partial.rejected_log_records
    return f"{count} records were rejected: {partial.error_message}" if count else ""


def _readable(record: LogRecord) -> ReadableLogRecord:
    return ReadableLogRecord(
        log_record=ApiRecord(
            timestamp=record.nanos,
            observed_timestamp=record.nanos,
            severity_number=SeverityNumber(record.severity),
            severity_text=record.severity_text,
            body=record.body,
            attributes=dict(record.attributes),
            event_name=record.event,
        ),
        resource=Resource(dict(record.resource)),
        instrumentation_scope=InstrumentationScope(SCOPE),
    )
