"""What takes exports in the tests: a collector and syslog servers, real where there are any."""

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)

from gateway.testing.process import free_port

START_S = 60
ROOT = Path(__file__).parents[3]


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once it holds."""
    deadline = time.monotonic() + START_S
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Collected:
    """What a collector of our own got, and how it is to answer."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        """What to answer first; afterwards everything is accepted."""

        self.url = ""

    def reject(self, count: int, why: str) -> None:
        """Answer once that so many records were not taken."""
        answer = ExportLogsServiceResponse()
        answer.partial_success.rejected_log_records = count
        answer.partial_success.error_message = why
        self.answers.append((200, {}, answer.SerializeToString()))

    def has(self, count: int) -> bool:
        """Whether so many records have come."""
        return len(self.uids) >= count

    @property
    def uids(self) -> list[str]:
        """``log.record.uid`` of every record, in order."""
        return [
            pair.value.string_value
            for request in self.requests
            for resource in request.resource_logs
            for scope in resource.scope_logs
            for record in scope.log_records
            for pair in record.attributes
            if pair.key == "log.record.uid"
        ]


@contextmanager
def collector() -> Iterator[Collected]:
    """An OTLP/HTTP receiver for the length of a block."""
    collected = Collected()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, headers, answer = collected.answers.pop(0) if collected.answers else (200, {}, b"")
            if self.path == "/v1/logs" and status == 200:
                collected.requests.append(ExportLogsServiceRequest.FromString(body))
            self.send_response(status if self.path == "/v1/logs" else 404)
            headers = {
                "content-type": "application/x-protobuf",
                "content-length": str(len(answer)),
                **headers,
            }
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collected.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield collected
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def otelcol() -> Path | None:
    """OpenTelemetry's own collector: on the path, or what ``make otelcol`` built."""
    named = shutil.which("otelcol")
    return Path(named) if named else next(iter((ROOT / "build").glob("otelcol-*/otelcol")), None)


@contextmanager
def real_collector(program: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Its address, and the file that it tells about what it got."""
    port, log = free_port(), folder / "otelcol.log"
    config = folder / "otelcol.yaml"
    config.write_text(f"""
receivers:
  otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{port}"}}}}}}
exporters:
  debug: {{verbosity: detailed}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{logs: {{receivers: [otlp], exporters: [debug]}}}}
""")
    with _running([str(program), "--config", str(config)], log, lambda: _listens(port)):
        yield f"http://127.0.0.1:{port}", log


class Stream:
    """A server of octet-counted syslog (RFC 6587), with TLS or without, that may hang up."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.messages: list[bytes] = []
        self.hang_up_after = -1
        """Messages after which a connection is ended once; -1: none."""

        self.connections = 0
        self._tls = tls
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more connections."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
                if self._tls:
                    connection = self._tls.wrap_socket(connection, server_side=True)
            except ssl.SSLError:
                continue
            except OSError:
                return
            self.connections += 1
            with connection, connection.makefile("rb") as stream:
                self._read(connection, stream)

    def _read(self, connection: socket.socket, stream: Any) -> None:  # noqa: ANN401 - a buffered reader
        taken = 0
        while (length := self._length(stream)) is not None:
            if taken == self.hang_up_after:
                self.hang_up_after = -1
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
                return
            self.messages.append(stream.read(length))
            taken += 1

    @staticmethod
    def _length(stream: Any) -> int | None:  # noqa: ANN401 - a buffered reader
        digits = b""
        try:
            while (one := stream.read(1)) not in (b" ", b""):
                digits += one
        except OSError:
            return None
        return int(digits) if digits else None


def rsyslogd() -> str | None:
    """rsyslog, where it is installed."""
    return shutil.which("rsyslogd", path="/usr/sbin:/usr/local/sbin:/usr/bin:/sbin")


@contextmanager
def rsyslog(program: str, folder: Path) -> Iterator[tuple[int, Path]]:
    """Its port, for TCP and UDP alike, and the file with what it understood of each message."""
    port, out, config = free_port(), folder / "messages", folder / "rsyslog.conf"
    names = ("pri", "protocol-version", "timestamp:::date-rfc3339", "hostname", "app-name", "procid", "msgid")
    parts = "\\t".join(f"%{name}%" for name in names)
    config.write_text(f"""
global(workDirectory="{folder}" maxMessageSize="64k")
module(load="imtcp")
module(load="imudp")
template(name="told" type="string" string="{parts}\\t%structured-data%\\t%msg%\\n")
ruleset(name="all") {{ action(type="omfile" file="{out}" template="told") }}
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="all")
input(type="imudp" port="{port}" address="127.0.0.1" ruleset="all")
""")
    line = [program, "-n", "-f", str(config), "-i", str(folder / "pid")]
    with _running(line, folder / "rsyslog.log", lambda: _listens(port)):
        yield port, out


@contextmanager
def _running(line: Sequence[str], log: Path, ready: Callable[[], bool]) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(line, stdout=out, stderr=out)
        try:
            wait_for(lambda: process.poll() is not None or ready())
            assert process.poll() is None, log.read_text()
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
