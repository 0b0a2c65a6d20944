"""The keeper: whose key a body goes under, and what records no longer say."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.vault.ciphertexts import Ciphertexts
from gateway.audit.vault.disk import Disk
from gateway.audit.vault.faults import VaultFault
from gateway.audit.vault.holder import Holder
from gateway.audit.vault.keys import FileKeys
from gateway.audit.vault.vault import Vault
from gateway.core.errors import ConfigError
from gateway.core.exchange import Caller, Exchange
from gateway.flow.commands import Content
from gateway.server.evidence import open_keys
from gateway.server.keeping import Keeper
from gateway.server.recorder import LogRecorder
from gateway.server.settings import Settings
from gateway.testing.ephemeral_log import EphemeralLog

CALLER = Caller("k", "clinic", attributes={"patient": "jane", "region": "eu"})
EXCHANGE = Exchange("lx-1", "chat", "openai_chat", CALLER)
BODY = {"user": "john", "n": 2, "metadata": {"user_id": "jim"}}


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(FileKeys(tmp_path / "keys"), Ciphertexts(tmp_path / "vault"))


def content(exchange: Exchange = EXCHANGE, *, keep: bool = True) -> Content:
    caller = {"tenant": exchange.caller.tenant, "attributes": dict(exchange.caller.attributes)}
    record: dict[str, Any] = {
        "type": "decision",
        "exchange": exchange.id,
        "caller": caller,
        "body_commit": "d",
    }
    return Content(record, exchange, BODY, "request", b"hello", keep)


@pytest.mark.parametrize(
    ("subjects", "subject"),
    [
        ([], ""),
        (["attributes.patient"], "jane"),
        (["body.user"], "john"),
        (["body.metadata.user_id"], "jim"),
        (["attributes.nobody", "body.user", "attributes.patient"], "john"),
        (["body.n"], ""),
        (["body.user.id", "body.metadata", "body.none.at.all"], ""),
    ],
)
def test_the_first_name_that_a_call_gives_counts(vault: Vault, subjects: list[str], subject: str) -> None:
    assert Keeper(vault, subjects).subject(content()) == subject


async def test_a_body_is_kept_under_its_persons_key_and_the_record_says_where(vault: Vault) -> None:
    one = content()
    await Keeper(vault, ["attributes.patient"]).keep([one.record], [one])
    slot = vault.keys.find(Holder("subject", "clinic", "jane"))
    assert slot is not None
    assert one.record["content"]["key"] == slot.key
    assert vault.read(one.record) == b"hello"


async def test_where_only_a_commitment_is_wanted_it_is_under_the_same_key(vault: Vault) -> None:
    keeper, one, other = Keeper(vault, []), content(), content(keep=False)
    await keeper.keep([one.record, other.record], [one, other])
    assert one.record["body_commit"] == other.record["body_commit"] != "d"
    assert "content" not in other.record


async def test_the_log_does_not_name_who_may_ask_to_be_forgotten(vault: Vault) -> None:
    log, one = EphemeralLog(), content()
    later = {"type": "outcome", "exchange": "lx-1", "caller": dict(one.record["caller"])}
    recorder = LogRecorder(log, NoAccess(), Keeper(vault, ["attributes.patient"]))  # type: ignore[arg-type]
    await recorder.append_all([one.record], [one])
    await recorder.append_all([later])
    for record in log.records:
        assert record["caller"]["attributes"] == {"patient": "[subject]", "region": "eu"}
    assert CALLER.attributes["patient"] == "jane"


class NoAccess:
    def write(self, record: object) -> None:
        """Nothing."""


async def test_a_disk_that_fails_is_a_fault_of_the_record(tmp_path: Path) -> None:
    class Full(Disk):
        def create(self, path: Path, data: bytes) -> None:
            raise OSError(28, "No space left on device")

    vault = Vault(FileKeys(tmp_path / "keys"), Ciphertexts(tmp_path / "vault", Full()))
    log, one = EphemeralLog(), content()
    recorder = LogRecorder(log, NoAccess(), Keeper(vault, []))  # type: ignore[arg-type]
    with pytest.raises(VaultFault, match="No space left"):
        await recorder.append_all([one.record], [one])
    assert log.records == []


async def test_calls_of_one_day_share_a_key_and_of_two_days_do_not(vault: Vault) -> None:
    day = 24 * 3600 * 1000
    keys = []
    for at in (0, day - 1, day):
        one = content(replace(EXCHANGE, received_ms=at))
        await Keeper(vault, []).keep([one.record], [one])
        keys.append(one.record["content"]["key"])
    assert (keys[0] == keys[1], keys[1] == keys[2]) == (True, False)


@pytest.mark.parametrize(
    ("path", "keys"), [("v", "v/keys"), ("v", "log/keys"), ("log/v", "keys"), ("v", "v")]
)
def test_keys_beside_what_they_open_are_refused(tmp_path: Path, path: str, keys: str) -> None:
    folders = {"path": str(tmp_path / path), "keys": str(tmp_path / keys)}
    settings = Settings.model_validate({"audit": {"path": str(tmp_path / "log")}, "vault": folders})
    with pytest.raises(ConfigError, match="outside the vault and the log"):
        open_keys(settings)
