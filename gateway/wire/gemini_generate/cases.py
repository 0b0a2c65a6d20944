"""Field names of Protocol Buffers' JSON: a parser accepts two spellings of each.

https://protobuf.dev/programming-guides/json/ : parsers accept the lowerCamelCase name and the name
as the message declares it. So a table that knew one of the two would be talked past with the other.
"""

import re

from gateway.wire.read import Reader, Table

_UPPER = re.compile(r"[A-Z]")


def declared(name: str) -> str:
    """A lowerCamelCase name as its message declares it: ``inlineData`` is ``inline_data``."""
    return _UPPER.sub(lambda found: "_" + found[0].lower(), name)


def cased(table: Table) -> dict[str, Reader]:
    """The table, with both spellings of each name."""
    return {**{declared(name): reader for name, reader in table.items()}, **table}


def spelling(value: object, name: str) -> str:
    """How an object spells a field; as asked where it has neither spelling."""
    other = declared(name)
    return other if isinstance(value, dict) and value.get(name) is None and other in value else name


def either(value: object, name: str) -> object:
    """The field of an object, in whichever spelling it has it; None where it has neither."""
    return value.get(spelling(value, name)) if isinstance(value, dict) else None


def singly(value: object) -> list[object]:
    """The entries of a repeated field. Google takes a single one without its list, too."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
