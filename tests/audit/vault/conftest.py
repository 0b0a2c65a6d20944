"""A vault beside a log, and calls whose bodies are kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.log import AuditLog
from gateway.audit.retention.ledger import Ledger
from gateway.audit.retention.records import Actor
from gateway.audit.vault.ciphertexts import Ciphertexts
from gateway.audit.vault.disk import Disk
from gateway.audit.vault.erasure import Erasure
from gateway.audit.vault.holder import Holder
from gateway.audit.vault.keys import FileKeys
from gateway.audit.vault.vault import Body, Vault

ACTOR = Actor("dpo@example.org", "dpo")


@dataclass
class Site:
    """Everything in one folder."""

    folder: Path
    log: AuditLog

    @property
    def ledger(self) -> Ledger:
        """The log, to append to and look up."""
        return Ledger(self.folder / "log", self.log.append_sync)

    def vault(self, disk: Disk | None = None) -> Vault:
        """The vault, opened anew."""
        return Vault(FileKeys(self.folder / "keys", disk), Ciphertexts(self.folder / "vault", disk))

    def erasure(self, disk: Disk | None = None, append: Callable[[Any], object] | None = None) -> Erasure:
        """What erases, opened anew."""
        return Erasure(self.vault(disk), Ledger(self.ledger.path, append or self.log.append_sync))

    def call(self, exchange: str, subject: str = "jane", tenant: str = "clinic", at_ms: int = 1000) -> None:
        """One exchange, with both of its bodies kept."""
        holder, vault = Holder("subject", tenant, subject), self.vault()
        about = {"exchange": exchange, "caller": {"tenant": tenant}}
        received, delivered = (
            vault.keep(Body(exchange, phase, holder, at_ms, f"{phase} of {exchange}".encode(), keep=True))
            for phase in ("request", "response")
        )
        self.log.append_sync({"type": "decision", "received_ms": at_ms, **about, **received})
        self.log.append_sync({"type": "outcome", **about, **delivered})


@pytest.fixture
def site(tmp_path: Path, opened: Callable[..., AuditLog]) -> Iterator[Site]:
    """A vault beside an open log."""
    log = opened()
    yield Site(tmp_path, log)
    log.close_sync()
