"""Metrics: counted from records, with labels that stay few."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import RecordFault
from gateway.server.metrics import MOST, Counted, Metrics

DECIDED: dict[str, Any] = {
    "type": "decision",
    "endpoint": "chat.completions",
    "decision": {"phase": "request", "answer": "deny", "verdicts": [{"rule": "a.b", "effect": "deny"}]},
    "coverage": [
        {"detectors": ["patterns", "secrets"], "state": "ok", "segments": ["*"]},
        {"detectors": ["classifiers"], "state": "timeout", "segments": ["s0"]},
    ],
}
ENDED: dict[str, Any] = {
    "type": "outcome",
    "endpoint": "chat.completions",
    "answer": "deny",
    "outcome": {"ending": "denied", "micros": {"policy": 300}},
}


class Recorder:
    """Keeps nothing, or cannot."""

    def __init__(self, fault: RecordFault | None = None, *, durable: bool = True) -> None:
        self._fault = fault
        self._durable = durable

    async def append_all(self, records: object, contents: object = (), *, required: bool = True) -> bool:
        if self._fault:
            raise self._fault
        return self._durable


def lines(metrics: Metrics) -> list[str]:
    return metrics.text().decode().splitlines()


async def test_records_are_counted_once_they_are_durable() -> None:
    metrics = Metrics()
    await Counted(Recorder(), metrics).append_all([DECIDED, ENDED])
    refused = {"type": "refused", "endpoint": "unknown"}
    await Counted(Recorder(), metrics).append_all([refused])
    with pytest.raises(RecordFault):
        await Counted(Recorder(RecordFault("disk")), metrics).append_all([DECIDED])
    assert set(lines(metrics)) >= {
        'lictor_exchanges_total{answer="deny",ending="denied",endpoint="chat.completions"} 1.0',
        'lictor_exchanges_total{answer="none",ending="refused",endpoint="unknown"} 1.0',
        'lictor_decisions_total{answer="deny",phase="request"} 1.0',
        'lictor_verdicts_total{answer="deny",effect="deny",phase="request",rule="a.b"} 1.0',
        'lictor_checks_total{detector="secrets",state="ok"} 1.0',
        'lictor_checks_total{detector="classifiers",state="timeout"} 1.0',
        'lictor_policy_seconds_bucket{le="0.0005"} 1.0',
        'lictor_policy_seconds_bucket{le="0.00025"} 0.0',
        "lictor_record_faults_total 1.0",
    }


def test_one_revision_is_in_force() -> None:
    metrics = Metrics()
    for revision, accepted in (("r1", True), ("r1", False), ("r2", True)):
        metrics.record({"type": "bundle", "revision": revision, "accepted": accepted})
    assert set(lines(metrics)) >= {
        'lictor_policy_loads_total{accepted="true"} 2.0',
        'lictor_policy_loads_total{accepted="false"} 1.0',
        'lictor_policy_revision{revision="r1"} 0.0',
        'lictor_policy_revision{revision="r2"} 1.0',
    }


async def test_what_a_shadow_saw_and_what_was_bypassed() -> None:
    metrics = Metrics()
    await Counted(Recorder(durable=False), metrics).append_all([ENDED], required=False)
    tally = {"whole": {"cells": [], "kinds": {"same": 7, "stricter": 2}}}
    counts = {"judged": 9, "dropped": 3}  # what did not happen is left out
    for record in (
        {"type": "shadow", "kind": "summary", "tally": tally, "counts": counts},
        {"type": "shadow", "kind": "divergence", "exchange": "lx-1"},
    ):
        metrics.record(record)
    assert set(lines(metrics)) >= {
        'lictor_shadow_decisions_total{kind="same"} 7.0',
        'lictor_shadow_decisions_total{kind="stricter"} 2.0',
        'lictor_shadow_decisions_total{kind="dropped"} 3.0',
        'lictor_bypassed_records_total{type="outcome"} 1.0',
    }


def test_how_opa_does() -> None:
    metrics = Metrics()
    metrics.asked("request", 0.002, "")
    metrics.asked("request", 0.0, "breaker_open")
    metrics.changed("open")
    assert set(lines(metrics)) >= {
        'lictor_opa_questions_total{fault="",package="request"} 1.0',
        'lictor_opa_questions_total{fault="breaker_open",package="request"} 1.0',
        "lictor_opa_seconds_count 1.0",
        "lictor_opa_breaker 2.0",
    }


def test_labels_stay_few() -> None:
    metrics = Metrics()
    mine = metrics.count("lictor_mine", "A counter of somebody else's.", "word")
    for number in range(MOST + 50):
        mine.add(f"w{number}")
    found = [line for line in lines(metrics) if line.startswith("lictor_mine_total{")]
    assert len(found) == MOST + 1
    assert 'lictor_mine_total{word="other"} 50.0' in found


WORKER = """
import os, sys
from gateway.server.metrics import Metrics
metrics = Metrics(os.environ["PROMETHEUS_MULTIPROC_DIR"])
metrics.asked("request", 0.001, "")
metrics.changed(sys.argv[1])
sys.stdout.write(metrics.text().decode())
"""


def test_workers_tell_their_numbers_together_and_the_dead_are_no_longer_open(tmp_path: Path) -> None:
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for count, state in enumerate(["open", "closed"], start=1):
        command = [sys.executable, "-c", WORKER, state]
        root = Path(__file__).parents[2]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=root)
        said = done.stdout.splitlines()
        assert f'lictor_opa_questions_total{{fault="",package="request"}} {count}.0' in said
        assert f"lictor_opa_breaker {2.0 if state == 'open' else 0.0}" in said
