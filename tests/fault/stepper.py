"""Writes to a log and is killed before or after its n-th change on disk, for every n; then recovery is, too.

Run as ``stepper.py FOLDER``. Prints one line for each round: where it was killed, and what is wrong.
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gateway.audit.files import Files
from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog
from gateway.audit.reader import records
from gateway.audit.verify import verify

STEPS = (
    "open_new",
    "write_at",
    "sync_data",
    "truncate",
    "create",
    "rename",
    "unlink",
    "make_directory",
    "sync_directory",
)
RECORDS = 270


class Deadly(Files):
    """The process is killed at the *at*-th step, before or after it is done."""

    def __init__(self, at: int, *, late: bool) -> None:
        self._left = at
        for name in STEPS:
            setattr(self, name, self._counted(getattr(super(), name), late=late))

    def _counted(self, call: Callable[..., Any], *, late: bool) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:  # noqa: ANN401
            self._left -= 1
            if self._left == 0 and not late:
                os.kill(os.getpid(), signal.SIGKILL)
            result = call(*arguments)
            if self._left == 0 and late:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return run


def write(folder: Path, signer: Signer, files: Files, told: int) -> None:
    """Records that fill a tile, in three batches with a wait for each; receipts go to *told*."""
    log = AuditLog.open(
        folder / "log", origin=signer.name, signer=signer, node="n", files=files, interval=0.001
    )
    for batch in range(3):
        for _ in range(RECORDS // 3 - 1):
            log.append_nowait({"type": "bundle"})
        receipt = log.append_sync({"type": "bundle", "batch": batch})
        os.write(told, f"{receipt.boot} {receipt.seq}\n".encode())
    log.close_sync()


def survived(work: Callable[[], None]) -> bool:
    """Whether a child that does the work comes to its end."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in {0, -signal.SIGKILL}:
        raise AssertionError(code)
    return code == 0


def play(folder: Path, signer: Signer, at: int, *, late: bool) -> bool:
    """One round; False once there is no *at*-th step."""
    reading, writing = os.pipe()
    ended = survived(lambda: write(folder, signer, Deadly(at, late=late), writing))
    for step in (at % 11 + 1, at % 7 + 1):
        survived(lambda step=step: write(folder, signer, Deadly(step, late=not late), writing))  # type: ignore[misc]
    survived(lambda: write(folder, signer, Files(), writing))
    os.close(writing)
    with os.fdopen(reading) as told:
        promised = {(boot, int(seq)) for boot, seq in (line.split() for line in told)}
    places = Counter((record["boot"], record["seq"]) for _, record in records(folder / "log"))
    report = verify(folder / "log", signer.vkey)
    lost = [(boot, seq) for boot, seq in promised if not all((boot, at) in places for at in range(seq + 1))]
    print(  # noqa: T201
        at, late, len(promised), lost or "", [n for n in places.values() if n > 1] or "", *report.problems
    )
    return not ended


def main(folder: Path) -> None:
    """All rounds."""
    signer = Signer.generate("example.org/steps")
    for late in (False, True):
        at = 1
        while play(_made(folder / f"{at}.{late}"), signer, at, late=late):
            at += 1 if at < 40 else 7


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main(Path(sys.argv[1]))
