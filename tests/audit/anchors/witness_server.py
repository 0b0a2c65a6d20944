"""A small witness that keeps to C2SP tlog-witness, in a thread of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.cosignature import Witness, message
from gateway.audit.note import NoteError, Verifier, from_base64, split_note, to_base64
from gateway.audit.tree import verify_consistency


class FakeWitness:
    """Cosigns checkpoints of one log."""

    def __init__(self, log: Verifier, name: str = "witness.example/w") -> None:
        self._key = Ed25519PrivateKey.generate()
        self.witness = Witness(name, self._key.public_key().public_bytes_raw())
        self.log = log
        self.last: Checkpoint | None = None
        self.time = 1_700_000_000
        self.requests: list[str] = []
        self.broken = 0
        """Requests yet to be answered by 503."""

    def answer(self, body: str) -> tuple[int, str, str]:
        """Status, media type and text for a request's body; in the order that the specification has."""
        self.requests.append(body)
        if self.broken:
            self.broken -= 1
            return 503, "text/plain", "out of order"
        head, _, signed = body.partition("\n\n")
        first, *proof = head.split("\n")
        if Checkpoint.parse_unverified(signed).origin != self.log.name:
            return 404, "text/plain", "unknown log"
        try:
            checkpoint = Checkpoint.open(signed, self.log)
        except NoteError:
            return 403, "text/plain", "not signed by the log"
        return self._consistent(int(first.removeprefix("old ")), checkpoint, proof, signed)

    def _consistent(
        self, old: int, checkpoint: Checkpoint, proof: list[str], signed: str
    ) -> tuple[int, str, str]:
        last = self.last or Checkpoint(self.log.name, 0, b"")
        if old > checkpoint.size:
            return 400, "text/plain", "old is larger than new"
        if old != last.size:
            return 409, "text/x.tlog.size", f"{last.size}\n"
        if old == checkpoint.size and last.root != checkpoint.root:
            return 409, "text/plain", "another root"
        hashes = [from_base64(line) for line in proof]
        if old and not verify_consistency(old, checkpoint.size, last.root, checkpoint.root, hashes):
            return 422, "text/plain", "no proof"
        self.last = checkpoint
        return 200, "text/plain", self.cosigned(signed)

    def cosigned(self, signed: str) -> str:
        text = split_note(signed)[0]
        raw = self.witness.hash + self.time.to_bytes(8) + self._key.sign(message(text, self.time))
        stranger = f"— somebody.example/else {to_base64(bytes(76))}\n"
        return f"{stranger}— {self.witness.name} {to_base64(raw)}\n"

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The submission prefix, for as long as the block lasts."""
        witness = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, kind, text = (
                    witness.answer(body) if self.path == "/w/add-checkpoint" else (404, "text/plain", "")
                )
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/w"
            finally:
                server.shutdown()
                thread.join()
