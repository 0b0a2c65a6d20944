"""The log judged by another implementation: golang.org/x/mod/sumdb, tlog and note."""

import json
import os
import shutil
import subprocess
from itertools import combinations_with_replacement
from pathlib import Path

import pytest

from gateway.audit.evidence import proofs
from gateway.audit.note import to_base64
from gateway.audit.tiles import Tiles, fetcher
from gateway.audit.tree import consistency_proof
from tests.audit.test_page import SIGNER, SIZE, trail, written

GO = shutil.which("go")
SOURCE = Path(__file__).parent / "go"
INDEXES = (0, 1, 2, 127, 255, 256, 257, 511, 512, SIZE - 1)
SIZES = (1, 2, 3, 64, 255, 256, 257, 512, 513, SIZE)

pytestmark = pytest.mark.skipif(GO is None, reason="no go here")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("go") / "check"
    if _go("mod", "download").returncode:
        pytest.skip("go cannot fetch golang.org/x/mod here")
    built = _go("build", "-o", str(path), ".")
    assert built.returncode == 0, built.stderr
    return path


def _go(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"GOFLAGS": "-mod=readonly"}
    command = [GO or "go", *arguments]
    return subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, env=environment, check=False)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = written(tmp_path / "log", trail())
    (path / "proofs").mkdir()
    for index in INDEXES:
        for name, text in proofs(path, str(index)).items():
            (path / "proofs" / name).write_text(text)
    return path


def steps(log: Path) -> list[dict[str, object]]:
    """Consistency proofs between all pairs of sizes."""
    tiles = Tiles(fetcher(log), SIZE)
    return [
        {
            "Old": old,
            "New": new,
            "OldRoot": to_base64(tiles.span(0, old)),
            "NewRoot": to_base64(tiles.span(0, new)),
            "Proof": [to_base64(one) for one in consistency_proof(old, new, tiles.span)],
        }
        for old, new in combinations_with_replacement(SIZES, 2)
    ]


def check(program: Path, log: Path, vkey: str = SIGNER.vkey) -> subprocess.CompletedProcess[str]:
    consistency = log.parent / "consistency.json"
    consistency.write_text(json.dumps(steps(log)))
    command = [str(program), str(log), vkey, str(consistency)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_roots_proofs_and_signatures(program: Path, log: Path) -> None:
    done = check(program, log)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{SIZE} entries, {len(INDEXES)} proofs, {len(steps(log))} steps\n"


def test_it_would_notice(program: Path, log: Path) -> None:
    proof = log / "proofs" / "entry-127.tlog-proof"
    lines = proof.read_text().split("\n")
    lines[3], lines[4] = lines[4], lines[3]
    proof.write_text("\n".join(lines))
    assert check(program, log).returncode != 0
