"""Erasure: a holder's key is destroyed, and the log says so.

The order, each step durable before the next:

1. announce: which key, and the record that is to follow;
2. destroy: overwrite the key, remove it, remove its holder's name;
3. record: an ``erasure`` record in the log;
4. remove the ciphertexts, which nobody can read any more, and the announcement.

What was interrupted before 2 took effect is undone by :meth:`Erasure.recover`, which says so; what was
interrupted later is done to its end. A key counts as destroyed as soon as one of its bits is gone: its id
is derived from it.
"""

from dataclasses import dataclass
from typing import Any

from gateway.audit.canonical import decode, encode
from gateway.audit.reader import matching
from gateway.audit.retention.holds import holding, standing
from gateway.audit.retention.ledger import Ledger
from gateway.audit.retention.records import Actor, erasure_record
from gateway.audit.vault.faults import Held, NoKey
from gateway.audit.vault.holder import Holder
from gateway.audit.vault.keys import Slot
from gateway.audit.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure came to."""

    record: dict[str, Any]
    """As it is in the log, or will be."""

    index: int | None
    """Its index; None before it is published."""

    repeated: bool
    """Whether the same request had been carried out before."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """Erases from one vault, under one log."""

    vault: Vault
    ledger: Ledger

    def erase(self, holder: Holder, actor: Actor, *, request: str, basis: str) -> Erased:
        """Destroy a holder's key.

        Raises:
            NoKey: nothing is kept of the holder, and no such request was carried out.
            Held: a legal hold forbids it; the message names it.
            VaultFault, OSError: a step failed; the next command finishes or undoes what was begun.
        """
        with self.ledger.alone():
            self._recover()
            slot = self.vault.keys.find(holder)
            if slot is None or not self._intact(slot):
                return self._repeated(request)
            count = self._count(slot)
            record = erasure_record(actor, request=request, basis=basis, key=slot.key, contents=count)
            self.vault.keys.announce(slot, encode(record))
            self._finish(slot, record)
        found = self.ledger.find("erasure", key=slot.key)
        return Erased(record, found[0] if found else None, repeated=False)

    def recover(self) -> list[str]:
        """Undo or finish what was interrupted; what came of it, in words. Raises as :meth:`erase`."""
        if not any(True for _ in self.vault.keys.announced()):
            return []
        with self.ledger.alone():
            return self._recover()

    def _recover(self) -> list[str]:
        said = []
        for slot, announced in list(self.vault.keys.announced()):
            record = decode(announced)
            if self._intact(slot):
                self.vault.keys.settle(slot)
                said.append(f"erasure {record['request']} was interrupted early: nothing was erased")
            else:
                self._finish(slot, record)
                said.append(f"erasure {record['request']} was interrupted; it is done and recorded now")
        return said

    def _finish(self, slot: Slot, record: dict[str, Any]) -> None:
        self.vault.keys.destroy(slot)
        if self.ledger.find("erasure", key=slot.key) is None:
            self.ledger.append(record)
        self.vault.ciphertexts.drop(slot.key)
        self.vault.keys.settle(slot)

    def _intact(self, slot: Slot) -> bool:
        try:
            self.vault.keys.open(slot.key)
        except NoKey:
            return False
        return True

    def _repeated(self, request: str) -> Erased:
        found = self.ledger.find("erasure", request=request)
        if found is None:
            raise NoKey("nothing is kept under a key of this holder")
        return Erased(dict(found[1]), found[0], repeated=True)

    def _count(self, slot: Slot) -> int:
        """How many bodies the log says are kept under a key. Raises Held if one of them must stay."""
        holds, count = standing(self.ledger.place).values(), 0
        for _, record in matching(self.ledger.place, slot.key.encode()):
            if record.get("content", {}).get("key") == slot.key:
                count += 1
                hold = holding(holds, record)
                if hold:
                    raise Held(f"legal hold {hold.name} covers {record['exchange']}: nothing was erased")
        return count
