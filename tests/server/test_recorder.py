"""The recorder: what a full disk does to exchanges that need their records, and to those that do not."""

import io
from pathlib import Path

import pytest

from gateway.audit.files import Files
from gateway.audit.keys import Signer
from gateway.audit.log import AuditLog
from gateway.audit.reader import records
from gateway.core.errors import RecordFault
from gateway.server.access import AccessLog
from gateway.server.recorder import LogRecorder

PAIR = [{"type": "decision", "exchange": "x"}, {"type": "outcome", "exchange": "x"}]


class FullDisk(Files):
    full = False

    def sync_data(self, descriptor: int) -> None:
        if self.full:
            raise OSError(28, "No space left on device")


async def test_what_is_required_fails_and_the_rest_is_bypassed(tmp_path: Path) -> None:
    files = FullDisk()
    signer = Signer.generate("example.org/recorder")
    log = AuditLog.open(tmp_path / "log", origin=signer.name, signer=signer, node="n", files=files)
    recorder = LogRecorder(log, AccessLog(io.StringIO()))
    assert await recorder.append_all(PAIR)
    files.full = True
    with pytest.raises(RecordFault):
        await recorder.append_all(PAIR)
    assert log.bypassed == 0
    assert await recorder.append_all(PAIR, required=False) is False
    assert log.bypassed == 2
    files.full = False
    assert await recorder.append_all(PAIR[:1], required=False)
    await log.close()
    (told,) = [record for _, record in records(tmp_path / "log") if record["type"] == "bypass"]
    assert told["types"] == {"decision": 1, "outcome": 1}
