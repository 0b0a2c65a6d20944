"""A real OPA for the tests, serving a bundle, and where to find one."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from gateway.testing.process import free_port

ROOT = Path(__file__).parents[2]


def opa_binary() -> str | None:
    """The ``opa`` that ``make opa`` has installed, or the one on PATH."""
    built = sorted(ROOT.glob("build/opa-*/opa"))
    return str(built[-1]) if built else shutil.which("opa")


def opa(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run OPA's command line."""
    binary = opa_binary()
    assert binary
    return subprocess.run([binary, *arguments], input=text, capture_output=True, text=True, check=False)


def bundled(root: Path, revision: str, into: Path) -> Path:
    """An archive of a folder of rules and data, as OPA builds it, without its tests."""
    into.parent.mkdir(parents=True, exist_ok=True)
    draft = into.with_name(f"{into.name}.draft")
    done = opa(
        "build",
        "--bundle",
        str(root),
        "--revision",
        revision,
        "--output",
        str(draft),
        "--ignore",
        "*_test.rego",
    )
    assert done.returncode == 0, done.stderr
    draft.replace(into)
    return into


@dataclass
class OpaServer:
    """An OPA process that may be killed and started again at the same port."""

    arguments: Sequence[str]
    log: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until its bundles are active."""
        binary = opa_binary()
        assert binary
        command = [binary, "run", "--server", "--addr", f"127.0.0.1:{self.port}", "--log-level", "error"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([*command, *self.arguments], stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not self.healthy():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def healthy(self) -> bool:
        """Whether it answers and has its bundles."""
        try:
            return httpx.get(f"{self.url}/health?bundles", timeout=1).status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """As the kernel does when memory is short."""
        self._signal(signal.SIGKILL)
        if self._process:
            self._process.wait()

    def pause(self) -> None:
        """It goes on listening and says nothing."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it for good."""
        if self._process and self._process.poll() is None:
            self.resume()
            self._process.terminate()
            self._process.wait()

    def _signal(self, number: int) -> None:
        if self._process and self._process.poll() is None:
            os.kill(self._process.pid, number)


@contextmanager
def opa_server(log: Path, *arguments: str) -> Iterator[OpaServer]:
    """A running OPA for the length of a block."""
    server = OpaServer(arguments, log)
    server.start()
    try:
        yield server
    finally:
        server.stop()
