"""Access: kept bodies are shown only after the log says to whom and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.audit.reader import find
from gateway.audit.retention.ledger import Ledger
from gateway.audit.retention.records import Actor, access_record
from gateway.audit.vault.faults import NoKey, VaultFault
from gateway.audit.vault.vault import Vault

PHASES = ("request", "response")


class Reading(NamedTuple):
    """One body, or why it cannot be had."""

    phase: str
    body: bytes | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Access:
    """Reads from one vault, under one log."""

    vault: Vault
    ledger: Ledger

    def read(
        self, exchange: str, actor: Actor, *, reason: str, phases: Sequence[str] = PHASES
    ) -> list[Reading]:
        """The bodies of an exchange; none where nothing was kept, and then nothing is recorded either.

        Raises:
            RecordFault: the access could not be recorded; nothing was read.
        """
        records = [record for _, record in find(self.ledger.place, exchange)]
        kept = [record for record in records if record.get("content", {}).get("phase") in phases]
        if not kept:
            return []
        shown = [record["content"]["phase"] for record in kept]
        self.ledger.append(access_record(actor, exchange=exchange, phases=shown, reason=reason))
        return list(self._readings(kept))

    def _readings(self, records: Sequence[Mapping[str, Any]]) -> Iterator[Reading]:
        for record in records:
            phase = record["content"]["phase"]
            try:
                yield Reading(phase, self.vault.read(record))
            except NoKey:
                yield Reading(phase, None, self._erased(record["content"]["key"]))
            except VaultFault as fault:
                yield Reading(phase, None, str(fault))

    def _erased(self, key: str) -> str:
        found = self.ledger.find("erasure", key=key)
        if found is None:
            return f"the key {key} is not in the key store, and no erasure of it is on record"
        index, record = found
        where = "not yet in the tree" if index is None else f"entry {index}"
        return f"erased: request {record['request']}, erasure record {where}"
