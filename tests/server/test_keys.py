"""The digest key: one a deployment, private, whole whenever it is there."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.server.keys import SIZE, DigestKey, ephemeral, load_or_create


def test_a_key_stays_the_same(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "digest.key"
    assert load_or_create(path).text("a") == load_or_create(path).text("a")
    assert len(path.read_bytes()) == SIZE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keys_differ() -> None:
    assert ephemeral().text("a") != ephemeral().text("a")


def test_digests_are_of_text_and_of_bytes_alike() -> None:
    key = DigestKey(b"k" * SIZE)
    assert key.text("é") == key.body("é".encode())
    assert len(key.text("")) == 32
    assert key.text("a") != key.text("b")
    assert key.text("\ud800")


def test_workers_that_start_together_agree(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "digest.key"
    with ThreadPoolExecutor(16) as pool:
        digests = set(pool.map(lambda _: load_or_create(path).text("a"), range(64)))
    assert len(digests) == 1
    assert [entry.name for entry in path.parent.iterdir()] == ["digest.key"]


@pytest.mark.parametrize("content", [b"", b"short", b"k" * (SIZE + 1)])
def test_a_key_of_another_size_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "digest.key"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"digest\.key"):
        load_or_create(path)
