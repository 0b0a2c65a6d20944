"""The evidence bundle: checked by its own script, with nothing of ours on the path."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.checkpoint import Checkpoint
from gateway.audit.note import Verifier
from gateway.audit.verify import verify
from gateway.policy.shipped import baseline
from reports.builders import KINDS
from reports.bundle import bundled
from reports.context import Context
from reports.verifier import verify as alone
from tests.reports.sample import BASELINE, ORIGIN, SIGNER, write_log

Make = Callable[..., Context]


@pytest.fixture(scope="module")
def archive(context: Context) -> bytes:
    return bundled(KINDS["period"].build(context), context, ("csv",), (baseline(),))


@pytest.fixture
def unpacked(archive: bytes, tmp_path: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        source.extractall(tmp_path / "b")
    return tmp_path / "b"


def check(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the bundle's verifier in a bare interpreter: no site packages, no environment."""
    command = [sys.executable, "-I", "-S", str(folder / "verify.py"), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_a_bundle_holds_what_the_readme_says(archive: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        names = set(source.namelist())
        readme = source.read("README.md").decode()
    policy = f"policies/{BASELINE.removeprefix('sha256:')}/lictor/plan.rego"
    assert names >= {
        "report.html",
        "report.json",
        "report.csv",
        "log/checkpoint",
        "log/vkey",
        "policy",
        policy,
    }
    assert names >= {
        f"{kind}" for at in range(24) for kind in (f"records/{at}.json", f"proofs/{at}.tlog-proof")
    }
    assert SIGNER.vkey in readme
    assert "{" not in readme.replace("{title}", "")


def test_a_bundle_verifies_without_us(unpacked: Path) -> None:
    code, said = check(unpacked)
    assert code == 0, said
    assert "24 entries of example.org/prod/log have the signed root" in said
    assert "24 records are proven" in said
    assert "compare it with one from elsewhere" in said
    assert check(unpacked, SIGNER.vkey)[0] == 0


def test_the_log_in_a_bundle_verifies_with_us(unpacked: Path) -> None:
    assert verify(unpacked / "log", SIGNER.vkey).ok


def test_a_bundle_without_the_log_is_honest_about_it(context: Context, tmp_path: Path) -> None:
    small = bundled(KINDS["period"].build(context), context, (), whole=False)
    with zipfile.ZipFile(io.BytesIO(small)) as source:
        source.extractall(tmp_path)
    code, said = check(tmp_path, SIGNER.vkey)
    assert code == 0, said
    assert "the log itself is not in this bundle" in said
    assert not (tmp_path / "log" / "tile").exists()
    assert "cannot be missed" in (tmp_path / "README.md").read_text()


def _sums(folder: Path) -> None:
    """What a forger does: fit the digests to the altered files."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")

    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in files
    ]
    (folder / "SHA256SUMS").write_text("".join(lines))


FORGERIES: dict[str, Callable[[Path], object]] = {
    "record": lambda folder: _edit(folder / "records/14.json", b"deny", b"deni"),
    "proof": lambda folder: _edit(folder / "proofs/14.tlog-proof", b"index 14", b"index 15"),
    "entry": lambda folder: _edit(folder / "log/tile/entries/000.p/24", b'"status":400', b'"status":200'),
    "checkpoint": lambda folder: _edit(folder / "log/checkpoint", b"\n24\n", b"\n23\n"),
    "reference": lambda folder: (folder / "report.json").write_text(
        (folder / "report.json").read_text().replace('"index": 14', '"index": 13')
    ),
    "policy": lambda folder: _edit(_plan(folder), b"package", b"# altered\npackage"),
    "policy data": lambda folder: (
        folder / "policies" / BASELINE.removeprefix("sha256:") / "data.json"
    ).write_text("{}"),
    "second copy": lambda folder: _edit(folder / "log.signed", b"\n24\n", b"\n25\n"),
    "longer second copy": lambda folder: (folder / "log.signed").write_text(
        SIGNER.sign(Checkpoint(ORIGIN, 25, bytes(32)).text)
    ),
    "other second copy": lambda folder: (folder / "log.signed").write_text(
        SIGNER.sign(Checkpoint(ORIGIN, 20, bytes(32)).text)
    ),
    "key": lambda folder: _remove(folder, "log/vkey"),
    "missing record": lambda folder: _remove(folder, "records/14.json", "proofs/14.tlog-proof"),
}


NAMED = {
    "record": "record 14: the proof does not lead",
    "proof": "record 14: ",
    "policy": f"policies/{BASELINE.removeprefix('sha256:')}: these sources have another digest",
    "policy data": "another digest",
    "checkpoint": "log/checkpoint: no signature",
    "second copy": "log.signed: no signature",
    "longer second copy": "the end is missing",
    "other second copy": "another history",
}
"""What the verifier has to say of some."""


def _plan(folder: Path) -> Path:
    return folder / "policies" / BASELINE.removeprefix("sha256:") / "lictor" / "plan.rego"


def _remove(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).unlink()


def _edit(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))


@pytest.mark.parametrize("name", sorted(FORGERIES))
def test_a_forger_who_fits_the_digests_is_found_out(unpacked: Path, name: str) -> None:
    FORGERIES[name](unpacked)
    _sums(unpacked)
    code, said = check(unpacked, *([SIGNER.vkey] if name != "key" else []))
    assert code == 1, said
    assert "FAILED" in said
    assert NAMED.get(name, "") in said
    assert "Traceback" not in said


def test_a_changed_and_an_added_file_are_found_by_the_digests(unpacked: Path) -> None:
    (unpacked / "extra").write_text("x")
    assert "not in SHA256SUMS: extra" in check(unpacked)[1]
    (unpacked / "extra").unlink()
    _edit(unpacked / "README.md", b"Period", b"period")
    assert "not what SHA256SUMS says: README.md" in check(unpacked)[1]


def test_another_key_is_refused(unpacked: Path) -> None:
    assert check(unpacked, SIGNER.generate("example.org/prod/log").vkey)[0] == 1
    code, said = check(unpacked, "nonsense")
    assert code == 1
    assert "not a key" in said


def test_the_script_says_how_it_is_used(unpacked: Path) -> None:
    code, said = check(unpacked, "--help")
    assert (code, "Usage: python3 verify.py" in said) == (0, True)
    assert check(unpacked, "one", "two")[0] == 2


def test_the_script_runs_where_unions_of_types_are_no_objects_yet() -> None:
    """Python 3.9, which the README promises, would evaluate ``bytes | None`` unless annotations are text."""
    assert alone.bundle.__annotations__["return"] == "bytes | None"


def test_a_policy_that_is_not_here_is_named(unpacked: Path) -> None:
    shutil.rmtree(unpacked / "policies")
    _sums(unpacked)
    code, said = check(unpacked, SIGNER.vkey)
    assert code == 0
    assert "NOT here, known by digest only: sha256:" in said
    assert BASELINE in said


@settings(max_examples=25)
@given(st.binary(max_size=80), st.integers(0, 63), st.integers(1, 255))
def test_the_scripts_signatures_are_the_librarys(message: bytes, at: int, flip: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert alone.signed(public, message, signature)
    broken = bytearray(signature)
    broken[at] ^= flip
    assert not alone.signed(public, message, bytes(broken))
    assert not alone.signed(public, message + b"x", signature)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 255, 256, 257, 600])
def test_the_scripts_tree_is_the_logs(tmp_path: Path, size: int) -> None:
    entries = [b'{"at":%d}' % at for at in range(size)]
    log = write_log(tmp_path / "log", entries, kept=size // 2)
    origin, signed, root = alone.opened((log / "checkpoint").read_text(), SIGNER.vkey)
    assert (origin, signed) == (SIGNER.name, size)
    leaves = list(alone.hashes(log, size, 0))
    assert [entry for _, entry in leaves] == entries
    assert alone.root_of(digest for digest, _ in leaves) == root
    assert Verifier.parse(SIGNER.vkey).name == origin


def test_a_large_log_is_found_in_its_bundles() -> None:
    assert alone.tile("entries", 5) == "tile/entries/005"
    assert alone.tile("0", 1234067) == "tile/0/x001/x234/067"
