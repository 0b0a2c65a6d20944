"""OpenTelemetry: an event ``gen_ai.evaluation.result`` for each case and metric, and one for each gate.

Names are those of the GenAI semantic conventions (``open-telemetry/semantic-conventions-genai``,
``gen-ai-events``, in development); what they have no name for is under ``lictor.``. Events are log records,
sent through OTLP over HTTP to where the usual variables say (``OTEL_EXPORTER_OTLP_ENDPOINT``,
``OTEL_EXPORTER_OTLP_HEADERS``).
"""

import os
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from evalsuites.harness.result import Result, Status
from evalsuites.tracking.record import Tracked

if TYPE_CHECKING:
    from opentelemetry.sdk._logs import ReadableLogRecord

EVENT = "gen_ai.evaluation.result"
Attributes = Mapping[str, str | int | float | bool]
_BATCH = 512
_LABELS = {0.0: "fail", 1.0: "pass"}


def export(run: Tracked) -> str:
    """Send them; where to.

    Raises:
        ConnectionError: the collector did not take them.
    """
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs.export import LogRecordExportResult

    variables = ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
    place = next((os.environ[name] for name in variables if os.environ.get(name)), "http://localhost:4318")
    exporter, sent = OTLPLogExporter(), 0
    records = _records(run)
    while batch := [*islice(records, _BATCH)]:
        if exporter.export(batch) is not LogRecordExportResult.SUCCESS:
            raise ConnectionError(f"{place} took {sent} events and refused more, or cannot be reached")
        sent += len(batch)
    return f"{place}, {sent} events"


def events(run: Tracked) -> Iterator[Attributes]:
    """The attributes of each event."""
    for gate in run.gates:
        yield _gate(run, gate)
    for result in run.results:
        for metric in sorted(result.scores):
            yield _score(run, result, metric)
        for metric in sorted(result.unmeasured):
            yield {**_about(run, result, metric), "error.type": "unmeasured"}
        if result.status is not Status.OK:
            yield {**_about(run, result, "status"), "error.type": result.status.value}


def _gate(run: Tracked, gate: Mapping[str, object]) -> Attributes:
    found: dict[str, str | int | float | bool] = {
        "gen_ai.evaluation.name": f"gate/{gate['gate']}",
        "gen_ai.evaluation.score.label": str(gate["state"]),
        "gen_ai.evaluation.explanation": str(gate["reason"]),
        "lictor.policy.revision": str(run.manifest["policy"]),
    }
    if isinstance(estimate := gate.get("estimate"), int | float):
        found["gen_ai.evaluation.score.value"] = float(estimate)
    limits = gate.get("interval")
    for name, limit in zip(("low", "high"), limits if isinstance(limits, list) else (), strict=False):
        if isinstance(limit, int | float):
            found[f"lictor.interval.{name}"] = float(limit)
    return found


def _score(run: Tracked, result: Result, metric: str) -> Attributes:
    value = result.scores[metric].value
    found: dict[str, str | int | float | bool] = {**_about(run, result, metric)}
    found["gen_ai.evaluation.score.value"] = value
    if value in _LABELS:
        found["gen_ai.evaluation.score.label"] = _LABELS[value]
    if reason := run.reason(result, metric):
        found["gen_ai.evaluation.explanation"] = reason
    return found


def _about(run: Tracked, result: Result, metric: str) -> Attributes:
    about: dict[str, str | int | float | bool] = {
        "gen_ai.evaluation.name": metric,
        "lictor.suite": result.suite,
        "lictor.case": result.case,
        "lictor.epoch": result.epoch,
        "lictor.policy.revision": str(run.manifest["policy"]),
    }
    if result.decisions:
        about["lictor.decision.id"] = result.decisions[0]
    if asked := run.inputs.get((result.suite, result.case)):
        about["lictor.input"] = asked
    return about


def _records(run: Tracked) -> "Iterator[ReadableLogRecord]":
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "lictor-evals")})
    scope = InstrumentationScope("lictor.evals", str(run.manifest["lictor"]))
    now = time.time_ns()
    for attributes in events(run):
        record = LogRecord(
            timestamp=now, observed_timestamp=now, severity_number=SeverityNumber.INFO,
            event_name=EVENT, attributes=attributes,
        )  # fmt: skip
        yield ReadableLogRecord(record, resource, scope)
