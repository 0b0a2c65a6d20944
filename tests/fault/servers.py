"""Real servers that hold logs, and a relay in front of them that fails on demand."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from gateway.testing.process import free_port

ROOT = Path(__file__).parents[2]
START_S = 60
SECRET = "lictor-lictor"
S3_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "lictor",
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def minio_command() -> Path | None:
    """MinIO on the path, or what ``make minio`` built; None where there is none."""
    named = shutil.which("minio")
    return Path(named) if named else next(iter((ROOT / "build").glob("minio-*/minio")), None)


def postgres_tool(name: str) -> str | None:
    """A program of PostgreSQL: on the path, or where Debian puts it."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(debian[-1]) if debian else None)


@contextmanager
def minio(executable: Path, folder: Path) -> Iterator[int]:
    """Its port, for the length of a block."""
    port = free_port()
    line = [str(executable), "server", str(folder), "--address", f"127.0.0.1:{port}", "--quiet"]
    keys = {"MINIO_ROOT_USER": "lictor", "MINIO_ROOT_PASSWORD": SECRET, "MINIO_BROWSER": "off"}
    with _running(line, port, env={**os.environ, **keys}):
        yield port


@contextmanager
def postgres() -> Iterator[int]:
    """The port of a cluster that was made for this block, and that keeps what it commits."""
    user = _unprivileged()
    folder = tempfile.mkdtemp(prefix="lictor-pg-")
    try:
        if user is not None:
            os.chown(folder, user, -1)
        make = [postgres_tool("initdb") or "", "-D", f"{folder}/data", "-A", "trust", "-U", "lictor", "-N"]
        subprocess.run(make, user=user, cwd=folder, check=True, capture_output=True)
        port = free_port()
        line = [postgres_tool("postgres") or "", "-D", f"{folder}/data", "-p", str(port), "-k", folder]
        options = ("listen_addresses=127.0.0.1", "shared_buffers=16MB", "max_connections=60")
        for option in options:
            line += ["-c", option]
        with _running(line, port, user=user, cwd=folder):
            ready = [postgres_tool("pg_isready") or "", "-h", "127.0.0.1", "-p", str(port), "-q"]
            wait_for(lambda: subprocess.run(ready, check=False).returncode == 0)
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> int | None:
    """PostgreSQL does not run as root."""
    if os.getuid():
        return None
    known = {entry.pw_name: entry.pw_uid for entry in pwd.getpwall()}
    return known.get("postgres", known["nobody"])


@contextmanager
def _running(
    line: Sequence[str],
    port: int,
    *,
    env: dict[str, str] | None = None,
    user: int | None = None,
    cwd: str | None = None,
) -> Iterator[None]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(line, stdout=log, stderr=log, env=env, user=user, cwd=cwd)
        try:
            wait_for(lambda: process.poll() is not None or _answers(port))
            if process.poll() is not None:
                log.seek(0)
                raise AssertionError(log.read().decode()[-2000:])
            yield
        finally:
            process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(port: int) -> bool:
    try:
        with closing(socket.create_connection(("127.0.0.1", port), 1)):
            return True
    except OSError:
        return False


def wait_for(condition: Callable[[], bool], patience: float = START_S) -> None:
    """Return once it holds."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it does not happen")
        time.sleep(0.02)


class Relay:
    """A way to a server. What it is told to do to the next *n* messages of clients, it does.

    ``lose``: the server gets the message, and its answer is lost together with the connection.
    ``refuse``: the connection breaks before the server sees the message.
    ``busy``: the client is told ``503 Slow Down``.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._fault, self._left, self._marker = "", 0, b""
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def fail(self, fault: str, times: int = 1, marker: bytes = b"") -> None:
        """The next *times* messages that contain *marker*."""
        with self._lock:
            self._fault, self._left, self._marker = fault, times, marker

    @property
    def left(self) -> int:
        """How many of them have not come."""
        return self._left

    def close(self) -> None:
        """Break every connection."""
        self._listener.close()
        for one in list(self._open):
            _shut(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(("127.0.0.1", self._to)) as server:
            ends = {client, server}
            self._open |= ends
            answers = threading.Event()
            answers.set()
            back = threading.Thread(target=self._back, args=(server, client, answers), daemon=True)
            back.start()
            while data := client.recv(1 << 20):
                fault = self._due(data)
                if fault == "refuse":
                    break
                if fault == "busy":
                    client.sendall(BUSY)
                    break
                if fault == "lose":
                    answers.clear()
                server.sendall(data)
            for end in ends:
                _shut(end)
            back.join()
            self._open -= ends

    def _back(self, server: socket.socket, client: socket.socket, answers: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(1 << 20):
                if not answers.is_set() and not data.startswith(b"HTTP/1.1 100 "):
                    break
                client.sendall(data)
        _shut(client)
        _shut(server)

    def _due(self, data: bytes) -> str:
        with self._lock:
            if not self._left or self._marker not in data:
                return ""
            self._left -= 1
            return self._fault


_BODY = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(_BODY), _BODY)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
