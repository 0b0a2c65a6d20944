"""Legal holds: what must stay, whatever its class or whoever asks. Kept in the log itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.audit.reader import matching
from gateway.audit.stores.opening import Place

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hold:
    """What a hold covers: everything that fits all that it says."""

    name: str
    exchange: str = ""
    tenant: str = ""
    since_ms: int = 0
    until_ms: int = 0
    """Last millisecond covered; 0 where it has no end."""

    reason: str = ""
    by: str = ""

    def covers(self, exchange: str, tenant: str, at_ms: int) -> bool:
        """Whether something of that exchange, tenant and time must stay."""
        return (
            self.exchange in ("", exchange)
            and self.tenant in ("", tenant)
            and self.since_ms <= at_ms
            and (not self.until_ms or at_ms <= self.until_ms)
        )

    @classmethod
    def of(cls, record: Record) -> "Hold":
        """The hold that a record adds."""
        scope = record.get("scope", {})
        return cls(
            name=str(record["name"]),
            exchange=scope.get("exchange", ""),
            tenant=scope.get("tenant", ""),
            since_ms=scope.get("since_ms", 0),
            until_ms=scope.get("until_ms", 0),
            reason=str(record.get("reason", "")),
            by=str(record.get("by", "")),
        )


def standing(log: Place) -> dict[str, Hold]:
    """The holds that were added and not released, by name."""
    holds: dict[str, Hold] = {}
    for _, record in matching(log, b'"type":"hold"'):
        if record.get("type") != "hold":
            continue
        if record["action"] == "add":
            holds[record["name"]] = Hold.of(record)
        else:
            holds.pop(record["name"], None)
    return holds


def covering(holds: Iterable[Hold], exchange: str, tenant: str, at_ms: int) -> Hold | None:
    """The first hold that covers something."""
    return next((hold for hold in holds if hold.covers(exchange, tenant, at_ms)), None)


def holding(holds: Iterable[Hold], record: Record) -> Hold | None:
    """The first hold that covers what a record is about, or that the record itself adds."""
    exchange, tenant = str(record.get("exchange", "")), str(record.get("caller", {}).get("tenant", ""))
    adds = record.get("name") if record.get("type") == "hold" and record["action"] == "add" else None
    found = covering(holds, exchange, tenant, record.get("received_ms", record["ts"]))
    return found or next((hold for hold in holds if hold.name == adds), None)
