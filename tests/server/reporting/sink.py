"""A service that takes what OPA's decision log and status plugins send."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import orjson


@dataclass
class Sink:
    """What it was sent, by path."""

    url: str = ""
    status: int = 200
    logs: list[dict[str, Any]] = field(default_factory=list)
    uploads: list[int] = field(default_factory=list)
    reports: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    sink: ClassVar[Sink]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self.sink.headers.append({name.lower(): value for name, value in self.headers.items()})
        if self.sink.status == 200:
            self._take(orjson.loads(body))
        self.send_response(self.sink.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def _take(self, said: Any) -> None:  # noqa: ANN401 - whatever is sent
        if self.path == "/logs":
            self.sink.logs.extend(said)
            self.sink.uploads.append(len(said))
        else:
            self.sink.reports.append(said)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def sink() -> Iterator[Sink]:
    """Run one for the length of a block."""
    taking = Sink()
    handler = type("Handler", (_Handler,), {"sink": taking})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    taking.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield taking
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
