"""Keeping: the bodies that policy lets into the vault, and what records say of them and of whom."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.audit.log import AuditLog
from gateway.audit.retention.ledger import Ledger
from gateway.audit.stores.opening import FILES
from gateway.audit.vault.erasure import Erasure
from gateway.audit.vault.faults import VaultFault
from gateway.audit.vault.holder import Holder
from gateway.audit.vault.vault import Body, Vault
from gateway.core.errors import ConfigError
from gateway.flow.commands import Content
from gateway.server.evidence import open_vault, retention
from gateway.server.settings import Settings, log_place
from gateway.wire.body import member, word

_log = logging.getLogger(__name__)

ATTRIBUTE, BODY = "attributes.", "body."
WITHHELD = "[subject]"


class Keeper:
    """Fills the vault for one gateway."""

    def __init__(self, vault: Vault, subjects: Sequence[str]) -> None:
        """*subjects* says what names a person: ``attributes.<name>`` of the caller or ``body.<path>`` of the
        request, such as ``body.metadata.user_id``; the first that a call has counts."""
        self._vault = vault
        self._subjects = subjects
        self._withheld = [name.removeprefix(ATTRIBUTE) for name in subjects if name.startswith(ATTRIBUTE)]

    async def keep(self, records: Sequence[dict[str, Any]], contents: Sequence[Content]) -> None:
        """Make bodies durable and put into their records what is to be said of them.

        Raises:
            VaultFault: at least one could not be kept.
        """
        for record in records:
            self._withhold(record)
        if contents:
            await asyncio.to_thread(self._keep, contents)

    def _keep(self, contents: Sequence[Content]) -> None:
        try:
            for content in contents:
                content.record.update(self._vault.keep(self._body(content)))
        except OSError as error:
            raise VaultFault(f"the content vault cannot be written: {error.strerror or error}") from error

    def _body(self, content: Content) -> Body:
        exchange = content.exchange
        holder = Holder.of(exchange.caller.tenant, self.subject(content), exchange.received_ms)
        return Body(exchange.id, content.phase, holder, exchange.received_ms, content.body, content.keep)

    def subject(self, content: Content) -> str:
        """Whom a call is about, as declared; empty where it does not say."""
        said = (_said(content, name) for name in self._subjects)
        return next((value for value in said if value), "")

    def _withhold(self, record: dict[str, Any]) -> None:
        """A log that cannot forget must not name who may ask to be forgotten."""
        attributes = record.get("caller", {}).get("attributes")
        if attributes:
            hidden = {name: WITHHELD for name in self._withheld if name in attributes}
            record["caller"] = {**record["caller"], "attributes": {**attributes, **hidden}}


def _said(content: Content, name: str) -> str:
    if name.startswith(ATTRIBUTE):
        return content.exchange.caller.attributes.get(name.removeprefix(ATTRIBUTE), "")
    return word(member(content.members, *name.removeprefix(BODY).split(".")))


def keeper(settings: Settings) -> Keeper | None:
    """What keeps bodies; None where there is no vault.

    Raises:
        ConfigError: the vault or a class of retention cannot be used.
    """
    retention(settings)  # a class that is none is told now, and not when something is to be pruned
    if not settings.vault.enabled:
        return None
    if not settings.audit.enabled:
        raise ConfigError("vault.enabled: content is kept only where it is recorded; audit.enabled is false")
    return Keeper(open_vault(settings), settings.vault.subjects)


def settle(settings: Settings, log: AuditLog, environment: Mapping[str, str]) -> None:
    """Erasures that were interrupted are undone or finished, before anything more is kept."""
    site = log_place(settings, environment)
    store = None if site.location == FILES else site
    ledger = Ledger(settings.audit.path, log.append_sync, store)
    for told in Erasure(open_vault(settings), ledger).recover():
        _log.warning("%s", told)
