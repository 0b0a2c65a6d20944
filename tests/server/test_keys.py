"""The digest key: one a deployment, private, whole whenever it is there."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.core.errors import ConfigError
from gateway.server.keys import SIZE, DigestKey, digest_key, ephemeral, given, load_or_create
from gateway.server.settings import AuditSettings, ServerSettings, Settings


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


def test_what_is_sealed_depends_on_key_purpose_and_every_part() -> None:
    key = DigestKey(b"k" * SIZE)
    messages = [("a", ("b", "c")), ("a", ("bc",)), ("a", ("", "bc")), ("ab", ("c",)), ("a", ("b", "c", ""))]
    assert len({key.sealed(*message) for message in messages}) == len(messages)
    assert key.sealed("a", ("b", "\ud800")) == DigestKey(b"k" * SIZE).sealed("a", ("b", "\ud800"))
    assert key.sealed("a", ("b",)) != ephemeral().sealed("a", ("b",))
    assert len(key.sealed("a", ())) == 32


def test_replicas_may_be_given_one_key() -> None:
    text = "0f" * SIZE
    assert given(text).sealed("a", ("b",)) == given(text.upper()).sealed("a", ("b",))


@pytest.mark.parametrize("text", ["0f", "0f" * (SIZE + 1), "no" * SIZE])
def test_a_given_key_of_another_make_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(ConfigError, match="digest_key_env") as error:
        given(text)
    assert text not in str(error.value)


def test_the_given_key_goes_before_the_file(tmp_path: Path) -> None:
    server = ServerSettings(digest_key_env="DIGEST_KEY")
    settings = Settings(server=server, audit=AuditSettings(path=tmp_path / "audit"))
    environment = {"DIGEST_KEY": "0f" * SIZE}
    assert digest_key(settings, environment).text("a") == given("0f" * SIZE).text("a")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigError, match="DIGEST_KEY is not set"):
        digest_key(settings, {})
