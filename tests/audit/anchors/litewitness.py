"""A real witness: litewitness, with its key in an ssh-agent. Built by ``make witness``."""

import re
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gateway.audit.cosignature import Witness
from gateway.audit.note import Verifier, to_base64
from gateway.audit.tree import EMPTY_ROOT

BUILT = Path(__file__).parents[3] / "build" / "witness" / "litewitness"
PROGRAM = shutil.which("litewitness") or (str(BUILT) if BUILT.exists() else None)
SSH = ("ssh-agent", "ssh-add", "ssh-keygen")
MISSING = [name for name in SSH if shutil.which(name) is None] + ([] if PROGRAM else ["litewitness"])
_PATIENCE = 20.0


@contextmanager
def running(folder: Path, log: Verifier) -> Iterator[tuple[str, Witness]]:
    """Address and key of a witness that knows the log, for as long as the block lasts."""
    agent, database, told = folder / "agent", folder / "witness.db", folder / "told"
    fingerprint = _key(folder / "key")
    with ExitStack() as stack:
        stack.enter_context(_process(["ssh-agent", "-D", "-a", str(agent)], folder / "agent.log"))
        _until(agent.exists)
        subprocess.run(["ssh-add", "-q", str(folder / "key")], env={"SSH_AUTH_SOCK": str(agent)}, check=True)
        address = f"127.0.0.1:{_free_port()}"
        command = [PROGRAM or "", "-db", str(database), "-ssh-agent", str(agent), "-key", fingerprint]
        command += ["-name", "witness.example/real", "-listen", address]
        stack.enter_context(_process(command, told))
        _until(lambda: "listening" in told.read_text())
        _introduce(database, log)
        found = re.search(r"vkey=(\S+)", told.read_text())
        assert found, told.read_text()
        yield f"http://{address}", Witness.parse(found[1].strip('"'))


def _key(path: Path) -> str:
    """A new key in a file; returns its fingerprint."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    shown = subprocess.run(["ssh-keygen", "-lf", str(path)], capture_output=True, text=True, check=True)
    return shown.stdout.split()[1]


@contextmanager
def _process(command: list[str], log: Path) -> Iterator[None]:
    with log.open("w") as told, subprocess.Popen(command, stdout=told, stderr=told) as process:
        try:
            yield
        finally:
            process.terminate()


def _introduce(database: Path, log: Verifier) -> None:
    """What its ``witnessctl add-log`` and ``add-key`` do."""
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("INSERT INTO log VALUES (?, 0, ?)", (log.name, to_base64(EMPTY_ROOT)))
        connection.execute("INSERT INTO key VALUES (?, ?)", (log.name, log.vkey))
    connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
