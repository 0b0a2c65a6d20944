"""The commands around archives and signatures, as people type them."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.policy.archive import unpack
from gateway.policy.bundle import load
from gateway.policy.shipped import baseline

OK, FAILED, USAGE = 0, 1, 2


def lictor(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["policy", *map(str, arguments)])


def complaint(result: Result, code: int) -> str:
    assert result.exit_code == code, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert result.stderr.startswith("lictor: ")
    return result.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(baseline(), tmp_path / "mine"))


@pytest.fixture
def key(tmp_path: Path) -> Path:
    assert lictor("keygen", tmp_path / "release", "--key-id", "release-1").exit_code == OK
    return tmp_path / "release"


@pytest.mark.parametrize("command", ["build", "keygen", "sign", "verify"])
def test_they_explain_themselves(command: str) -> None:
    assert lictor(command, "--help").output.startswith("Usage:")


def test_build_and_verify(folder: Path, key: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.tar.gz"
    result = lictor("build", folder, "-o", out, "--sign-with", key, "--key-id", "release-1", "--meta", "a=b")
    assert result.exit_code == OK
    assert load(folder).revision in result.stderr
    assert json.loads(unpack(out.read_bytes())[".manifest"])["metadata"]["a"] == "b"
    assert lictor("check", out).exit_code == OK
    result = lictor("verify", out, "--key", f"{key}.pub", "--key-id", "release-1")
    assert result.exit_code == OK
    assert result.stdout.splitlines()[:3] == [
        "key release-1", f"revision {load(folder).revision}", "file .manifest"
    ]  # fmt: skip


def test_builds_are_alike(folder: Path, key: Path, tmp_path: Path) -> None:
    options = ["--sign-with", str(key), "--key-id", "release-1"]
    for name in ("a", "b"):
        assert lictor("build", folder, "-o", tmp_path / name, *options).exit_code == OK
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
@pytest.mark.parametrize("packed", [True, False])
def test_sign_in_place(folder: Path, tmp_path: Path, algorithm: str, packed: bool) -> None:
    lictor("keygen", tmp_path / "k", "--algorithm", algorithm)
    bundle = folder
    if packed:
        bundle = tmp_path / "b.tar.gz"
        lictor("build", folder, "-o", bundle)
    verify = ("verify", bundle, "--key", tmp_path / "k.pub", "--key-id", "one", "--scope", "prod")
    assert "`unsigned`" in complaint(lictor(*verify), FAILED)
    options = ("--key", tmp_path / "k", "--key-id", "one", "--scope", "prod")
    assert lictor("sign", bundle, *options).exit_code == OK
    assert lictor(*verify).exit_code == OK
    assert "`scope`" in complaint(lictor(*verify[:-2]), FAILED)


def test_a_change_is_seen(folder: Path, key: Path) -> None:
    lictor("sign", folder, "--key", key, "--key-id", "release-1")
    rule = folder / "lictor" / "trust.rego"
    rule.write_text(rule.read_text() + "# later\n")
    told = complaint(lictor("verify", folder, "--key", f"{key}.pub", "--key-id", "release-1"), FAILED)
    assert "lictor/trust.rego:1: `file_changed`" in told


def test_with_the_settings_keys(folder: Path, key: Path, tmp_path: Path) -> None:
    config = tmp_path / "lictor.toml"
    config.write_text(lictor("keygen", tmp_path / "other", "--key-id", "other").stdout)
    lictor("sign", folder, "--key", key, "--key-id", "release-1")
    assert "`key_unknown`" in complaint(lictor("verify", folder, "--config", config), FAILED)
    with config.open("a") as file:
        file.write(f'\n[[policy.keys]]\nid = "release-1"\npath = "{key}.pub"\n')
    assert lictor("verify", folder, "--config", config).exit_code == OK


def test_a_key_from_the_environment(folder: Path, key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY", key.read_text())
    assert lictor("sign", folder, "--key-env", "SIGNING_KEY", "--key-id", "release-1").exit_code == OK
    assert lictor("verify", folder, "--key", f"{key}.pub", "--key-id", "release-1").exit_code == OK
    for options in ([], ["--key-env", "ABSENT"], ["--key", key, "--key-env", "SIGNING_KEY"]):
        complaint(lictor("sign", folder, "--key-id", "x", *options), USAGE)


def test_a_bundle_with_complaints_is_neither_packed_nor_signed(
    folder: Path, key: Path, tmp_path: Path
) -> None:
    (folder / "b.rego").write_text("package lictor.request\n\ndeny contains {{\n")
    out = tmp_path / "b.tar.gz"
    assert "b.rego:4: `deny`" in complaint(lictor("build", folder, "-o", out), FAILED)
    assert not out.exists()
    assert "b.rego:4: `deny`" in complaint(lictor("sign", folder, "--key", key, "--key-id", "x"), FAILED)
    assert not (folder / ".signatures.json").exists()


def test_wrong_usage(folder: Path, key: Path, tmp_path: Path) -> None:
    assert "exists" in complaint(lictor("keygen", key), USAGE)
    complaint(lictor("verify", folder), USAGE)
    complaint(lictor("verify", folder, "--key", key, "--key-id", "x"), USAGE)
    complaint(lictor("sign", folder, "--key", f"{key}.pub", "--key-id", "x"), USAGE)
    assert lictor("build", folder, "-o", tmp_path / "x", "--sign-with", key).exit_code == USAGE
    assert lictor("build", folder, "-o", tmp_path / "x", "--meta", "x").exit_code == USAGE
    assert lictor("sign", folder, "--key", key).exit_code == USAGE
