"""The vault: what is kept of a body, what the log says of it, and how it is read again."""

import hmac
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.audit.vault.ciphertexts import Ciphertexts
from gateway.audit.vault.faults import Altered, VaultFault
from gateway.audit.vault.holder import Holder
from gateway.audit.vault.keys import Keys
from gateway.audit.vault.seal import Key, commitment, seal, unseal

Record = Mapping[str, Any]

_TRIES = 5


class Body(NamedTuple):
    """One body of one exchange."""

    exchange: str
    phase: str
    holder: Holder
    at_ms: int
    """When the call was received, milliseconds since the Unix epoch."""

    data: bytes
    keep: bool
    """Whether policy lets it in; else only a commitment is made."""


@dataclass(frozen=True, slots=True)
class Vault:
    """Bodies under their holders' keys."""

    keys: Keys
    ciphertexts: Ciphertexts

    def keep(self, body: Body) -> dict[str, Any]:
        """What the record says of a body, once it is durable.

        Raises:
            VaultFault: there is no key to be had.
            OSError: the disk fails.
        """
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):  # its holder is being erased meanwhile: under another key, then
                return self._keep(body)
        raise VaultFault("the vault's folder is removed as soon as it is made")

    def _keep(self, body: Body) -> dict[str, Any]:
        key = self.keys.obtain(body.holder)
        fields: dict[str, Any] = {"body_commit": commitment(key, _name(body.exchange, body.phase), body.data)}
        if body.keep:
            name = self.ciphertexts.put(key.id, seal(key, _header(key, body), body.data))
            about = {"phase": body.phase, "bytes": len(body.data), "key": key.id, "digest": name}
            fields["content"] = about
        return fields

    def read(self, record: Record) -> bytes:
        """The body that a record is about, checked against the record.

        Raises:
            NoKey: its key was destroyed.
            Missing: the ciphertext is gone though the key is not.
            Altered: it is not what was kept, or not of this record.
        """
        content = record["content"]
        key = self.keys.open(content["key"])
        header, body = unseal(key, self.ciphertexts.get(content["key"], content["digest"]))
        exchange, phase = record["exchange"], content["phase"]
        expected = commitment(key, _name(exchange, phase), body)
        same = (header["exchange"], header["phase"], len(body)) == (exchange, phase, content["bytes"])
        if not same or not hmac.compare_digest(expected, record["body_commit"]):
            raise Altered(f"the {phase} body in the vault is not the one of exchange {exchange}")
        return body


def _header(key: Key, body: Body) -> dict[str, Any]:
    return {
        "exchange": body.exchange,
        "phase": body.phase,
        "tenant": body.holder.tenant,
        "at_ms": body.at_ms,
        "key": key.id,
    }


def _name(exchange: str, phase: str) -> str:
    """The record id that commitments are made for."""
    return f"{exchange}/{phase}"
