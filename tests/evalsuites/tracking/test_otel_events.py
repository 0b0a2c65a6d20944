"""OpenTelemetry through OTLP over HTTP, decoded by a collector of a few lines."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from evalsuites.harness.suite import Suite
from evalsuites.tracking.otel_events import events
from evalsuites.tracking.platforms import tell
from evalsuites.tracking.record import tracked
from tests.evalsuites.tracking.conftest import POLICY

collector = pytest.importorskip("opentelemetry.proto.collector.logs.v1.logs_service_pb2")
Got = list[tuple[str, dict[str, Any]]]


@contextmanager
def collecting(status: int = 200) -> Iterator[tuple[str, Got]]:
    """A collector on this machine, and the events that it got: name and attributes."""
    got: Got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = collector.ExportLogsServiceRequest.FromString(body)
            for record in (r for res in request.resource_logs for s in res.scope_logs for r in s.log_records):
                got.append((record.event_name, {one.key: _value(one.value) for one in record.attributes}))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", got
        server.shutdown()


def _value(value: Any) -> Any:  # noqa: ANN401 - whatever the event holds
    return getattr(value, value.WhichOneof("value"))


def test_events_arrive(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting() as (url, got):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        said = tell("otel", written)
    assert said.ok, said.said
    assert {name for name, _ in got} == {"gen_ai.evaluation.result"}
    named = {one["gen_ai.evaluation.name"]: one for _, one in got if "lictor.case" not in one}
    assert named["gate/holds"]["gen_ai.evaluation.score.label"] == "pass"
    assert named["gate/holds"]["gen_ai.evaluation.score.value"] == pytest.approx(58 / 59)
    assert named["gate/holds"]["lictor.policy.revision"] == POLICY
    assert named["gate/broken"]["gen_ai.evaluation.score.label"] == "fail"
    cases = [one for _, one in got if "lictor.case" in one]
    assert len(cases) == 59 * 2 + 1
    missed = next(
        one for one in cases if one["lictor.case"] == "c0" and one["gen_ai.evaluation.name"] == "polite"
    )
    assert missed["gen_ai.evaluation.score.label"] == "fail"
    assert missed["lictor.decision.id"] == "lx-0"
    assert "quoted answer" not in str(got)
    assert [one["error.type"] for one in cases if "error.type" in one] == ["timeout"]


def test_texts_leave_only_when_asked(written: Path, suite: Suite) -> None:
    silent = str([*events(tracked(written, suites=suite.root.parent))])
    telling = str([*events(tracked(written, content=True, suites=suite.root.parent))])
    for text in ("quoted answer", "secret question 0"):
        assert text not in silent
        assert text in telling


def test_a_collector_that_refuses_is_told(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with collecting(status=400) as (url, _):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        said = tell("otel", written)
    assert not said.ok
    assert "took 0 events" in said.said
