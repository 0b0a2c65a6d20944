"""Folders and repositories that keep checkpoints."""

import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.audit.anchored import KEPT
from gateway.audit.anchors import (
    AnchorFault,
    Directory,
    Git,
    Subject,
)
from gateway.audit.checkpoint import Checkpoint
from gateway.audit.verify import verify
from tests.audit.anchors.grown import SIGNER, Grown


def test_a_directory_keeps_every_checkpoint(log: Grown, tmp_path: Path) -> None:
    anchor = Directory("d", tmp_path / "elsewhere")
    anchor.attest(log.subject())
    anchor.attest(log.subject())
    anchor.attest(log.grow(5))
    kept = sorted((tmp_path / "elsewhere" / "example.org_anchored").iterdir())
    assert [path.name for path in kept] == ["000000000000300.note", "000000000000305.note"]
    report = verify(log.path, SIGNER.vkey, known=[path.read_text() for path in kept])
    assert (report.ok, [(one.end, one.kind) for one in report.anchors]) == (True, [(300, KEPT), (305, KEPT)])


def test_a_directory_never_replaces_another_checkpoint(log: Grown, tmp_path: Path) -> None:
    anchor = Directory("d", tmp_path / "elsewhere")
    anchor.attest(log.subject())
    other = SIGNER.sign(Checkpoint(SIGNER.name, 300, bytes(32)).text)
    with pytest.raises(AnchorFault, match="forked"):
        anchor.attest(Subject(other, log.subject().span))


def git(path: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(path), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
def test_git_commits_and_pushes(log: Grown, tmp_path: Path) -> None:
    repository, remote = tmp_path / "repository", tmp_path / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    git(repository, "remote", "add", "origin", str(remote))
    anchor = Git("g", repository, "origin")
    anchor.attest(log.subject())
    anchor.attest(log.subject())
    anchor.attest(log.grow(1))
    titles = git(remote, "log", "--all", "--format=%s").split("\n")
    assert titles == ["example.org/anchored: 301 entries", "example.org/anchored: 300 entries"]
    with pytest.raises(AnchorFault, match="git: "):
        Git("g", repository, "nowhere").attest(log.grow(1))
    with pytest.raises(AnchorFault, match="no git repository"):
        Git("g", tmp_path).attest(log.subject())
