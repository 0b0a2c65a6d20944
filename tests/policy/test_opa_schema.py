"""OPA's own type checker with the published schema, and OPA's own test runner beside YAML cases.

Runs where ``opa`` is on PATH or in ``build/`` (``make opa``).
"""

import shutil
import subprocess
from pathlib import Path

import pytest

import gateway.policy
from gateway.policy.scaffold.start import start
from gateway.policy.shipped import baseline

ROOT = Path(gateway.policy.__file__).parents[2]
SCHEMA = ROOT / "policies" / "schema" / "input-v1.json"
OPA = shutil.which("opa", path=str(ROOT / "build" / "opa-1.22.2")) or shutil.which("opa")

pytestmark = pytest.mark.skipif(not OPA, reason="there is no `opa` on PATH or in build/")


def opa(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(OPA), *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_baseline_fits_the_schema() -> None:
    done = opa("check", "--strict", "--schema", SCHEMA, baseline())
    assert done.returncode == 0, done.stderr


def test_a_field_that_there_is_not_is_found(tmp_path: Path) -> None:
    rule = 'flag contains {"rule": "a.b", "reason": "R."} if input.findings[_].scor > 1'
    (tmp_path / "a.rego").write_text(f"package lictor.request\n\n{rule}\n")
    done = opa("check", "--schema", SCHEMA, tmp_path)
    assert done.returncode == 1
    assert "undefined ref: input.findings[_].scor" in done.stderr


def test_a_new_bundle_passes_opas_own_tools(tmp_path: Path) -> None:
    start(tmp_path / "new", ["children", "owasp-llm"], bare=False)
    assert opa("check", "--strict", "--schema", SCHEMA, tmp_path / "new").returncode == 0
    done = opa("test", tmp_path / "new")
    assert done.returncode == 0, done.stdout + done.stderr
    assert opa("fmt", "--list", tmp_path / "new").stdout == ""
