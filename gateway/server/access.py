"""The access log: one JSON line an exchange, made from its closing record. Content-free."""

import asyncio
from collections.abc import Mapping
from typing import Any, TextIO

import orjson

COPIED = ("exchange", "endpoint", "model", "answer", "revision", "status", "code")
OUTCOME = ("status", "ending", "code", "upstream", "bytes")


class AccessLog:
    """Writes to a text stream; None writes nothing."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._lines: list[str] = []

    def write(self, record: Mapping[str, Any]) -> None:
        """Log a record that closes an exchange; others are passed over."""
        if self._stream is None or record["type"] not in ("outcome", "refused"):
            return
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._flush)
        self._lines.append(orjson.dumps(_line(record)).decode() + "\n")

    def _flush(self) -> None:
        """Lines of one turn of the event loop are one write."""
        if self._stream is not None:
            self._stream.write("".join(self._lines))
        self._lines.clear()


def _line(record: Mapping[str, Any]) -> dict[str, Any]:
    line = {"type": record["type"]} | {key: record[key] for key in COPIED if key in record}
    outcome = record.get("outcome", {})
    line |= {key: outcome[key] for key in OUTCOME if key in outcome}
    if "micros" in outcome:
        line["total_us"] = outcome["micros"].get("total", 0)
    return line
