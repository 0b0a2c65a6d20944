"""A plain web server with one file and an ETag, well or badly behaved."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Web:
    """A plain web server that has one file, and its moods."""

    url: str = ""
    body: bytes = b""
    status: int = 200
    etag: bool = True
    promise: int = 0
    """So many bytes more are announced than come."""

    location: str = ""
    slow: threading.Event = field(default_factory=threading.Event)
    """Cleared: the answer waits for it."""

    seen: list[dict[str, str]] = field(default_factory=list)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.seen.append({name.lower(): value for name, value in handler.headers.items()})
        self.slow.wait()
        tag = f'"{hashlib.sha256(self.body).hexdigest()}"'
        unchanged = self.status == 200 and self.etag and handler.headers.get("If-None-Match") == tag
        handler.send_response(304 if unchanged else self.status)
        if self.etag:
            handler.send_header("ETag", tag)
        if self.location:
            handler.send_header("Location", self.location)
        body = b"" if unchanged else self.body
        handler.send_header("Content-Length", str(len(body) + self.promise))
        handler.end_headers()
        handler.wfile.write(body)


@contextmanager
def plain_web() -> Iterator[Web]:
    """A server for the length of a block."""
    found = Web()
    found.slow.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.answer(self)

        def log_message(self, *_: object) -> None:
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_port}/bundle.tar.gz"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield found
        found.slow.set()
        server.shutdown()
        thread.join()
