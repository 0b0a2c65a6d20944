"""Bodies survive the vault whole; nothing but their key opens them, and only as what they are."""

import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.vault.ciphertexts import Ciphertexts
from gateway.audit.vault.disk import Disk
from gateway.audit.vault.faults import Altered, Missing, NoKey
from gateway.audit.vault.holder import Holder
from gateway.audit.vault.keys import FileKeys
from gateway.audit.vault.seal import LocalKey, commitment, digest, opened, seal, unseal
from gateway.audit.vault.vault import Body, Vault
from gateway.core.errors import ConfigError

JANE = Holder("subject", "clinic", "jane")
HEADER = {"exchange": "lx-1", "phase": "request", "tenant": "clinic", "at_ms": 1, "key": "k"}
KEY = LocalKey(bytes(range(32)))


def a_body(
    data: bytes = b"hello", exchange: str = "lx-1", phase: str = "request", *, keep: bool = True
) -> Body:
    return Body(exchange, phase, JANE, 1, data, keep)


def vault_in(folder: Path) -> Vault:
    return Vault(FileKeys(folder / "keys"), Ciphertexts(folder / "vault"))


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return vault_in(tmp_path)


def recorded(vault: Vault, body: Body) -> dict[str, Any]:
    return {"exchange": body.exchange, **vault.keep(body)}


# --- sealing -------------------------------------------------------------------------------------------


@given(st.binary(max_size=5000), st.binary(min_size=32, max_size=32))
def test_any_bytes_survive(body: bytes, secret: bytes) -> None:
    assert unseal(LocalKey(secret), seal(LocalKey(secret), HEADER, body)) == (HEADER, body)


@given(st.binary(max_size=200), st.data())
def test_any_changed_byte_is_noticed(body: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, HEADER, body))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Altered):
        unseal(KEY, bytes(sealed))


@given(st.binary(max_size=100), st.integers(0, 400))
def test_a_file_cut_short_is_noticed(body: bytes, length: int) -> None:
    sealed = seal(KEY, HEADER, body)
    with pytest.raises(Altered):
        unseal(KEY, sealed[: min(length, len(sealed) - 1)])


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Altered):
        unseal(LocalKey(bytes(32)), seal(KEY, HEADER, b"x"))


def test_a_ciphertext_cannot_pass_for_another_exchange_or_phase() -> None:
    one, other = seal(KEY, HEADER, b"x"), seal(KEY, HEADER | {"phase": "response"}, b"x")
    head, other_head = opened(one)[1], opened(other)[1]
    with pytest.raises(Altered):
        unseal(KEY, other_head + one[len(head) :])


def test_equal_bodies_look_different() -> None:
    assert seal(KEY, HEADER, b"x") != seal(KEY, HEADER, b"x")


def test_vectors_of_the_specification() -> None:
    assert KEY.id == VECTORS["key id"]
    assert commitment(KEY, "lx-1/request", b"hello") == VECTORS["commitment"]
    sealed = bytes.fromhex(VECTORS["file"])
    assert unseal(KEY, sealed) == (HEADER, b"hello")
    assert digest(sealed) == VECTORS["digest"]
    page = (Path(__file__).parents[3] / "docs/spec/audit-log.md").read_text()
    assert all(value in page.replace("\n", "").replace(" ", "") for value in VECTORS.values())


# --- the vault -----------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.binary(max_size=300), st.sampled_from(["request", "response"])), max_size=4))
def test_what_is_kept_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[tuple[bytes, str]]
) -> None:
    vault = vault_in(tmp_path_factory.mktemp("vault"))
    kept = [(recorded(vault, a_body(data, f"lx-{n}", phase)), data) for n, (data, phase) in enumerate(bodies)]
    assert all(vault.read(record) == data for record, data in kept)


def test_a_record_says_where_and_nothing_of_what(vault: Vault, tmp_path: Path) -> None:
    record = recorded(vault, a_body(b"a body that nobody should see"))
    content = record["content"]
    assert (content["phase"], content["bytes"]) == ("request", 29)
    file = tmp_path / "vault" / content["key"] / content["digest"]
    assert digest(file.read_bytes()) == content["digest"]
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"nobody" not in everything
    assert b"jane" not in everything + b"".join(str(path).encode() for path in tmp_path.rglob("*"))


def test_without_leave_only_a_commitment_is_made(vault: Vault, tmp_path: Path) -> None:
    record = recorded(vault, a_body(keep=False))
    assert set(record) == {"exchange", "body_commit"}
    assert list((tmp_path / "vault").iterdir()) == []


def test_commitments_differ_by_record_and_by_person(vault: Vault) -> None:
    of = [
        a_body(),
        a_body(exchange="lx-2"),
        a_body(phase="response"),
        a_body()._replace(holder=JANE._replace(value="john")),
    ]
    assert len({vault.keep(body)["body_commit"] for body in of}) == len(of)


@pytest.mark.parametrize("change", [{"exchange": "lx-2"}, {"body_commit": "0" * 64}])
def test_content_of_another_record_is_refused(vault: Vault, change: dict[str, str]) -> None:
    with pytest.raises(Altered):
        vault.read(recorded(vault, a_body()) | change)


def test_content_of_another_phase_is_refused(vault: Vault) -> None:
    record = recorded(vault, a_body())
    with pytest.raises(Altered):
        vault.read(record | {"content": record["content"] | {"phase": "response"}})


def test_missing_and_altered_files_are_told_apart(vault: Vault, tmp_path: Path) -> None:
    record = recorded(vault, a_body())
    file = tmp_path / "vault" / record["content"]["key"] / record["content"]["digest"]
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(Altered):
        vault.read(record)
    file.unlink()
    with pytest.raises(Missing):
        vault.read(record)


def test_a_restored_key_of_another_id_opens_nothing(vault: Vault, tmp_path: Path) -> None:
    record = recorded(vault, a_body())
    (tmp_path / "keys" / "keys" / record["content"]["key"]).write_bytes(bytes(32))
    with pytest.raises(NoKey):
        vault.read(record)


# --- keys ----------------------------------------------------------------------------------------------


def test_a_holder_has_one_key_for_all_workers(tmp_path: Path) -> None:
    stores = [FileKeys(tmp_path / "keys") for _ in range(8)]
    found: list[str] = []
    start = threading.Barrier(len(stores))

    def ask(store: FileKeys) -> None:
        start.wait()
        found.append(store.obtain(JANE).id)

    threads = [threading.Thread(target=ask, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(stores)
    assert len(set(found)) == 1
    assert len(list((tmp_path / "keys" / "keys").iterdir())) == 1


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_no_two_holders_have_one_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    same = Holder("subject", *one).name == Holder("subject", *other).name
    assert same == (one == other)
    assert Holder("subject", *one).name != Holder("day", *one).name


def test_a_call_without_a_subject_is_its_tenants_day() -> None:
    assert Holder.of("clinic", "", 86_400_000 * 2 - 1) == Holder("day", "clinic", "1970-01-02")
    assert Holder.of("clinic", "jane", 0) == JANE


def test_only_the_owner_may_read_anything(vault: Vault, tmp_path: Path) -> None:
    recorded(vault, a_body())
    for path in tmp_path.rglob("*"):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


def test_a_key_store_that_others_may_read_is_refused(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "keys").chmod(0o750)
    with pytest.raises(ConfigError, match="chmod 700"):
        FileKeys(tmp_path / "keys")


def test_a_key_store_without_its_secret_is_refused(vault: Vault, tmp_path: Path) -> None:
    recorded(vault, a_body())
    (tmp_path / "keys" / "secret").unlink()
    with pytest.raises(ConfigError, match="bring it back"):
        FileKeys(tmp_path / "keys")
    (tmp_path / "keys" / "secret").write_bytes(b"")
    with pytest.raises(ConfigError, match="32 bytes"):
        FileKeys(tmp_path / "keys")


def test_a_destroyed_key_is_gone_and_its_holder_gets_another(vault: Vault, tmp_path: Path) -> None:
    record = recorded(vault, a_body())
    slot = vault.keys.find(JANE)
    assert slot is not None
    vault.keys.destroy(slot)
    assert vault.keys.find(JANE) is None
    with pytest.raises(NoKey):
        vault.read(record)
    again = recorded(vault, a_body())
    assert again["content"]["key"] != record["content"]["key"]
    vault.keys.destroy(slot)  # again: what it stood for is another's now
    assert vault.read(again) == b"hello"


class Failing(Disk):
    """One call fails."""

    def __init__(self, at: int) -> None:
        self.left = at
        for name in ("create", "rename", "sync_directory", "overwrite", "unlink", "make_directory"):
            setattr(self, name, self._counted(getattr(self, name)))

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:  # noqa: ANN401
            self.left -= 1
            if self.left == 0:
                raise OSError(28, "No space left on device")
            return call(*arguments)

        return run


@pytest.mark.parametrize("at", range(1, 10))
def test_after_a_failure_at_any_step_of_keeping_the_next_body_is_kept(tmp_path: Path, at: int) -> None:
    vault_in(tmp_path)
    disk = Failing(at)
    with pytest.raises(OSError, match="No space"):
        Vault(FileKeys(tmp_path / "keys", disk), Ciphertexts(tmp_path / "vault", disk)).keep(a_body())
    vault = vault_in(tmp_path)
    assert vault.read(recorded(vault, a_body())) == b"hello"
    assert len([path for path in (tmp_path / "keys" / "holders").iterdir() if not path.suffix]) == 1


VECTORS = {
    "key id": "6edc49f0fe5ccbaac8fbbfcaecd6a032",
    "commitment": "0e7b99fd49fde574c38de9056ce4f65d31c4c9dae906c93783ff6a2cdcc3698b",
    "file": (
        "4c585641554c54310000004b7b2261745f6d73223a312c2265786368616e6765223a226c782d31222c226b6579"
        "223a226b222c227068617365223a2272657175657374222c2274656e616e74223a22636c696e6963227d003c01"
        "010101010101010101010113a6835200ec020db8390977681620abbf1bf9ace9fa6ca78fa679931d887cb26ee8"
        "de16381b67303dc9a020bdad21140202020202020202020202025ae23e5aeb2a1b51a04bf9a58eaaf665d0e180"
        "aded"
    ),
    "digest": "5130f8678f2103faef8ae7558d7a26cace12f1a5f66cfd3032d0d95b0ae92bd9",
}
