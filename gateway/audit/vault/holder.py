"""Holders: whom content is about, and so whose key it is kept under."""

from datetime import UTC, datetime
from typing import Literal, NamedTuple

import orjson


class Holder(NamedTuple):
    """A person a tenant speaks of, or, where none is declared, all of a tenant's calls of one day."""

    kind: Literal["subject", "day"]
    tenant: str
    value: str
    """The subject as declared, or the day in UTC, ``2026-11-26``."""

    @classmethod
    def of(cls, tenant: str, subject: str, at_ms: int) -> "Holder":
        """The holder of a call at *at_ms* (Unix milliseconds)."""
        if subject:
            return cls("subject", tenant, subject)
        return cls("day", tenant, datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat())

    @property
    def name(self) -> bytes:
        """One byte string for each holder."""
        return orjson.dumps([part.encode("utf-8", "backslashreplace").decode() for part in self])
