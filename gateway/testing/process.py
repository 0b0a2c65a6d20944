"""A gateway in a process of its own, for tests and demonstrations."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_S = 60
"""How long a gateway may take to start, and to stop."""


class NotReady(Exception):
    """The gateway did not start."""


@dataclass(slots=True)
class GatewayProcess:
    """A running ``lictor serve``."""

    url: str
    """``http://127.0.0.1:<port>``, without a path."""

    process: "subprocess.Popen[bytes]"

    def stop(self) -> int:
        """Let it finish its exchanges and close its log; its exit code. One that does not is killed.

        Raises:
            subprocess.TimeoutExpired: it had to be killed.
        """
        self.process.terminate()
        try:
            return self.process.wait(timeout=START_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """End it at once, as a crash would."""
        self.process.kill()
        self.process.wait(timeout=START_S)


@contextmanager
def gateway_process(
    config: Path,
    port: int,
    *,
    options: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
    stderr: int | None = None,
) -> Iterator[GatewayProcess]:
    """Run ``lictor serve`` with a settings file for the length of a block.

    Raises:
        NotReady: it ended, or did not answer in time.
    """
    command = [sys.executable, "-m", "gateway.cli", "serve", "--config", str(config)]
    command += ["--port", str(port), *options]
    process = subprocess.Popen(command, env=dict(environment), stderr=stderr)  # noqa: S603 - our own
    gateway = GatewayProcess(f"http://127.0.0.1:{port}", process)
    try:
        _wait_ready(gateway)
        yield gateway
    finally:
        if process.poll() is None:
            gateway.stop()


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait_ready(gateway: GatewayProcess) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if gateway.process.poll() is not None:
            raise NotReady(f"it ended with exit code {gateway.process.returncode}")
        if _ready(gateway):
            return
        time.sleep(0.05)
    raise NotReady("it is not ready in time")


def _ready(gateway: GatewayProcess) -> bool:
    url = f"{gateway.url}/lictor/readyz"
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own http URL
            return True
    except (urllib.error.URLError, OSError):
        return False
