"""Processes under measurement: started on chosen cores, put to sleep, weighed."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_KIB_PER_MIB = 1024


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def split_cores() -> tuple[set[int], set[int]]:
    """Cores for the gateway and for the load generator with the mock; one for both if there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return {cores[0]}, {cores[-1]}


class Process:
    """A program with all its children."""

    def __init__(
        self, command: Sequence[str], cores: Iterable[int], log: Path, env: Mapping[str, str] | None = None
    ) -> None:
        with log.open("wb") as output:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        os.sched_setaffinity(self._popen.pid, cores)

    def sleep(self) -> None:
        """Stop the whole process group, so that it disturbs nobody else's measurement."""
        os.killpg(self._popen.pid, signal.SIGSTOP)

    def wake(self) -> None:
        """Let the process group run again."""
        os.killpg(self._popen.pid, signal.SIGCONT)

    def end(self) -> None:
        """Ask it to stop, then insist."""
        self.wake()
        self._popen.terminate()
        try:
            self._popen.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()

    def cpu_seconds(self) -> float:
        """CPU time so far of the process, its descendants, and those that have ended."""
        return sum(map(_cpu_ticks, self._tree())) / _TICKS_PER_SECOND

    def memory_mib(self) -> float:
        """Resident memory of the process and its descendants."""
        return sum(map(_resident_kib, self._tree())) / _KIB_PER_MIB

    def _tree(self) -> list[int]:
        tree = [self._popen.pid]
        for pid in tree:  # grows while it is walked
            tree.extend(_children(pid))
        return tree


def _children(pid: int) -> list[int]:
    children: list[int] = []
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children.extend(map(int, tasks.read_text().split()))
        except OSError:
            continue
    return children


def _cpu_ticks(pid: int) -> int:
    """utime + stime + cutime + cstime of /proc/PID/stat; none for a process that has just ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))


def _resident_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)
