"""A log on disk with a few exchanges in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog

ORIGIN = "example.org/test/log"


@pytest.fixture
def signer() -> Signer:
    return Signer.generate(ORIGIN)


@pytest.fixture
def opened(tmp_path: Path, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AuditLog]:
    """Opens the log in ``tmp_path/log``; small reserves keep the tests quick."""
    monkeypatch.setattr("gateway.audit.segment.RESERVE", 4096)

    def open_log(**options: Any) -> AuditLog:  # noqa: ANN401
        arguments: dict[str, Any] = {"origin": ORIGIN, "signer": signer, "node": "n1", "interval": 0.02}
        return AuditLog.open(tmp_path / "log", **arguments | options)

    return open_log
