"""A real Envoy in front of a scripted model, asking the gateway."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from gateway.testing.process import free_port

ROOT = Path(__file__).parents[2]
CONFIGURATION = ROOT / "docs" / "how-to" / "envoy.yaml"
START_S = 60


def command() -> Path | None:
    """Envoy on the path, or what ``make envoy`` built; None where there is none."""
    named = shutil.which("envoy")
    return Path(named) if named else next(iter((ROOT / "build").glob("envoy-*/bin/envoy")), None)


def configured(port: int, processor: int, upstream: int) -> str:
    """The configuration that the documentation shows, with other ports."""
    text = CONFIGURATION.read_text("utf-8")
    ports = {"10000": port, "4001": processor, "8000": upstream}
    for shown, real in ports.items():
        assert f"port_value: {shown} " in text or f"port_value: {shown}\n" in text
        text = text.replace(f"port_value: {shown}", f"port_value: {real}")
    return text


@contextmanager
def envoy(
    executable: Path, folder: Path, processor: int, upstream: int, change: tuple[str, str] = ("-", "-")
) -> Iterator[str]:
    """Run it for the length of a block, with one text of its configuration exchanged; its URL."""
    port = free_port()
    file = folder / "envoy.yaml"
    file.write_text(configured(port, processor, upstream).replace(*change))
    line = [str(executable), "-c", str(file), "--concurrency", "1", "--use-dynamic-base-id"]
    with (folder / "envoy.log").open("wb") as log:
        process = subprocess.Popen([*line, "--log-level", "warning"], stdout=log, stderr=log)
        try:
            _wait(process, port, folder / "envoy.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=START_S)


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("Envoy is not ready in time")
