"""kill -9 at every step of append, publication and recovery, by a process that does it to itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

STEPPER = Path(__file__).with_name("stepper.py")


@pytest.mark.slow
def test_killed_at_every_step_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(STEPPER.parents[2])}
    run = subprocess.run(
        [sys.executable, str(STEPPER), str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = run.stdout.splitlines()
    assert run.returncode == 0, run.stderr
    assert [line for line in lines if len(line.split()) > 3] == []
    assert len(lines) > 40
    assert min(int(line.split()[2]) for line in lines) >= 3
