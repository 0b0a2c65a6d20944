"""A server that is where OPA should be, and answers as a test says."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import orjson

PROVENANCE = {"version": "1.22.2", "bundles": {"b": {"revision": "r1"}}}


@dataclass(frozen=True)
class Say:
    """An answer: its status, its bytes, and when they come."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None
    """What the headers say of the length, where it is not so."""

    before_s: float = 0.0
    between_s: float = 0.0
    """Pause after each byte."""


def result(value: object = None, provenance: object = PROVENANCE) -> Say:
    """An answer of OPA's."""
    told = {"provenance": provenance} if provenance is not None else {}
    return Say(orjson.dumps(told if value is None else {**told, "result": value}))


@dataclass
class FakeOpa:
    """What it was asked, and what it says."""

    say: Callable[[str, Any], Say]
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    connections: int = 0
    url: str = ""
    over: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    """One connection; what is said comes from ``fake``."""

    protocol_version = "HTTP/1.1"
    fake: ClassVar[FakeOpa]

    def setup(self) -> None:
        super().setup()
        self.fake.connections += 1

    def do_POST(self) -> None:
        body = orjson.loads(self.rfile.read(int(self.headers["content-length"])))
        self.fake.asked.append((self.path, dict(self.headers.items()), body))
        said = self.fake.say(self.path, body)
        self.fake.over.wait(said.before_s)
        self.close_connection = said.length is not None
        try:
            self._answer(said)
        except OSError:  # nobody waits any more
            self.close_connection = True

    def _answer(self, said: Say) -> None:
        self.send_response(said.status)
        for name, value in said.headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(said.body) if said.length is None else said.length))
        self.end_headers()
        pieces = [bytes([byte]) for byte in said.body] if said.between_s else [said.body]
        for piece in pieces:
            self.wfile.write(piece)
            self.fake.over.wait(said.between_s)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def fake_opa(say: Callable[[str, Any], Say] | Say, tls: ssl.SSLContext | None = None) -> Iterator[FakeOpa]:
    """Run one for the length of a block."""
    fake = FakeOpa(say if callable(say) else lambda *_: say)
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    fake.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield fake
    finally:
        fake.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
