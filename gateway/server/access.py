"""The access log: one JSON line an exchange, made from its closing record. Content-free."""

from collections.abc import Mapping
from typing import Any, TextIO

import orjson

COPIED = ("exchange", "endpoint", "model", "answer", "revision", "status", "code")
OUTCOME = ("status", "ending", "code", "upstream", "bytes")


class AccessLog:
    """Writes to a text stream; None writes nothing."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, record: Mapping[str, Any]) -> None:
        """Log a record that closes an exchange; others are passed over."""
        if self._stream is None or record["type"] not in ("outcome", "refused"):
            return
        self._stream.write(orjson.dumps(_line(record)).decode() + "\n")


def _line(record: Mapping[str, Any]) -> dict[str, Any]:
    line = {"type": record["type"]} | {key: record[key] for key in COPIED if key in record}
    outcome = record.get("outcome", {})
    line |= {key: outcome[key] for key in OUTCOME if key in outcome}
    if "micros" in outcome:
        line["total_us"] = outcome["micros"].get("total", 0)
    return line
