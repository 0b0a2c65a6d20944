"""What every Python driver shares: cells come in as JSON, and one line of JSON a cell goes out.

A driver is a program in the clients' own environment. It may import the client, the standard library and
this module, and nothing of the gateway: what it knows of the gateway is a URL and a key.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Found = dict[str, Any]
"""What the client handed to its user, in words that all drivers share."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One situation, as the client's user would come into it."""

    cell: str
    """Its name."""

    does: str
    """Which function of the driver: ask, stream, tools, stream_tools, round_trip or structured."""

    url: str
    """The gateway, without a path."""

    key: str
    model: str
    prompt: str
    headers: dict[str, str]
    """To be sent with every call."""

    timeout_s: float
    retries: int | None
    """None leaves the client its own default."""

    tool: dict[str, Any]
    """``name``, ``description`` and the JSON Schema of its ``parameters``."""

    variant: str
    """Which surface of the client, where a driver has several."""

    def options(self, name: str) -> dict[str, Any]:
        """The retries under the client's name for them; nothing where its default is wanted."""
        return {} if self.retries is None else {name: self.retries}


class Partial(Exception):
    """The stream broke off; what its reader had until then."""

    def __init__(self, text: str, cause: Exception) -> None:
        super().__init__(text)
        self.text = text
        self.cause = cause


def drive(functions: Mapping[str, Callable[[Cell], Found]], describe: Callable[[Any], Found]) -> None:
    """Come into every cell that standard input names, and tell what happened."""
    for described in json.load(sys.stdin):
        cell = Cell(**described)
        print(json.dumps({"cell": cell.cell, **_outcome(functions[cell.does], cell, describe)}))
        sys.stdout.flush()


def _outcome(function: Callable[[Cell], Found], cell: Cell, describe: Callable[[Any], Found]) -> Found:
    try:
        return function(cell)
    except Partial as broken:
        return {"text": broken.text, **_raised(broken.cause, describe)}
    except Exception as error:  # noqa: BLE001 - whatever the client raises is the finding
        return _raised(error, describe)


def _raised(error: Exception, describe: Callable[[Any], Found]) -> Found:
    kinds = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    return {"raised": kinds, **describe(error)}


def facts(error: Any) -> Found:
    """What the exceptions of the OpenAI and the Anthropic SDK tell their users."""
    body = getattr(error, "body", None)
    inner = body.get("error", body) if isinstance(body, dict) else {}
    ours = inner.get("lictor", {}) if isinstance(inner, dict) else {}
    return {
        "status": getattr(error, "status_code", None),
        "code": getattr(error, "code", None),
        "message": str(error),
        "decision": ours.get("decision_id"),
    }


def named(value: object) -> str:
    """The class of what the client returned, without its type parameters."""
    return type(value).__name__.partition("[")[0]
