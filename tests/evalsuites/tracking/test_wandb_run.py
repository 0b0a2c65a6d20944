"""Weights & Biases, offline for real: what its run file holds, message by message."""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalsuites.tracking.platforms import tell
from tests.evalsuites.tracking.conftest import POLICY

pytest.importorskip("wandb")
_BLOCK = 32768


@pytest.fixture(scope="module")
def told(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("wandb")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("DIR", "DATA_DIR", "CACHE_DIR", "CONFIG_DIR"):
            patch.setenv(f"WANDB_{name}", str(home))
        patch.setenv("HOME", str(home))
        patch.delenv("XDG_CONFIG_HOME", raising=False)
        said = tell("wandb", written)
    assert said.ok, said.said
    return Path(said.said)


def records(run: Path) -> Iterator[Any]:
    """The records of a run file: wandb's messages in the framing of LevelDB's log."""
    from wandb.proto.wandb_internal_pb2 import Record  # type: ignore[attr-defined,unused-ignore]

    body, at, whole = next(run.glob("*.wandb")).read_bytes(), 7, b""
    assert body.startswith(b":W&B")
    while at < len(body):
        if _BLOCK - at % _BLOCK < 7:
            at += _BLOCK - at % _BLOCK
            continue
        crc, length, kind = struct.unpack_from("<IHB", body, at)
        piece = body[at + 7 : at + 7 + length]
        assert crc == zlib.crc32(bytes([kind]) + piece), "a damaged run file"
        whole, at = whole + piece, at + 7 + length
        if kind in {1, 4}:
            yield Record.FromString(whole)
            whole = b""


def test_a_run_says_what_its_record_says(told: Path) -> None:
    found = [*records(told)]
    (run,) = [one.run for one in found if one.WhichOneof("record_type") == "run"]
    config = {item.key: json.loads(item.value_json) for item in run.config.update}
    assert (config["policy"], config["models"]) == (POLICY, "gemma-3:270m")
    assert config["suites.manners"].startswith("sha256:")
    assert (run.project, run.job_type) == ("lictor-evals", "evaluation")
    summary = {
        item.key or "/".join(item.nested_key): json.loads(item.value_json)
        for one in found
        if one.WhichOneof("record_type") == "summary"
        for item in one.summary.update
    }
    assert summary["word"] == "FAIL"
    assert (summary["gates/holds/state"], summary["gates/broken/state"]) == ("pass", "fail")
    assert summary["rates/manners/polite/estimate"] == pytest.approx(58 / 59)
    assert summary["rates/manners/polite/low"] < 58 / 59 < summary["rates/manners/polite/high"]
    (artifact,) = [one for one in _artifacts(found) if one.type == "evaluation"]
    assert sorted(entry.path for entry in artifact.manifest.contents) == ["run.json", "statement.json"]


def test_the_table_has_every_case_and_no_text(told: Path) -> None:
    table = json.loads(next(told.rglob("*.table.json")).read_text())
    assert len(table["data"]) == 59 * 2 + 1
    status = table["columns"].index("status")
    assert {row[status] for row in table["data"]} == {"ok", "timeout"}
    for file in told.rglob("*"):
        body = file.read_bytes() if file.is_file() else b""
        assert b"quoted answer" not in body
        assert b"secret question" not in body


def _artifacts(found: list[Any]) -> Iterator[Any]:
    for one in found:
        if one.WhichOneof("record_type") == "artifact":
            yield one.artifact
        elif one.WhichOneof("record_type") == "request" and one.request.HasField("log_artifact"):
            yield one.request.log_artifact.artifact
