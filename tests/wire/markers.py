"""Bodies with every field that an SDK's types know, each string of them a marker of its own."""

import itertools
import types
import typing
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import Enum
from typing import Any, Literal, NotRequired, Required, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from typing_extensions import is_typeddict

Json = Any
"""A tree whose shape the test knows."""


_WRAPPERS = (Required, NotRequired, typing.Annotated)
_UNIONS = (typing.Union, types.UnionType)


class Filler:
    """Fills types with markers. One filler gives every marker once."""

    def __init__(self, spell: Callable[[int], str]) -> None:
        self._spell = spell
        self._numbers = itertools.count(100)

    def body(self, kind: Json) -> list[Any]:
        """Values of a type that together have every field in every variant."""
        return self._values(kind, ())

    def _values(self, kind: Json, above: tuple[Any, ...]) -> list[Any]:
        origin: Any = get_origin(kind)
        arguments = get_args(kind)
        if origin in _WRAPPERS:
            return self._values(arguments[0], above)
        if origin in _UNIONS:
            return [value for variant in arguments for value in self._values(variant, above)]
        if origin is Literal:
            return [arguments[0]]
        if isinstance(kind, type) and issubclass(kind, Enum):
            return [next(iter(kind)).value]
        if is_typeddict(kind) or (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return self._objects(kind, above)
        return self._plain(kind, origin, arguments, above)

    def _plain(
        self, kind: Json, origin: Json, arguments: tuple[Any, ...], above: tuple[Any, ...]
    ) -> list[Any]:
        if kind in (str, bytes, datetime):  # in JSON, all three are strings
            return [self._marker()]
        if kind in (int, float, bool):
            return [kind(1)]
        if kind is type(None):
            return []
        if origin is dict:
            values = self._values(arguments[1], above)
            return [{f"key_{letter}": value for letter, value in zip("abcdefghij", values, strict=False)}]
        if arguments:
            return [self._values(arguments[0], above)]
        return [{"free": self._marker(), "more": [self._marker()]}]

    def _marker(self) -> str:
        return self._spell(next(self._numbers))

    def _objects(self, kind: Json, above: tuple[Any, ...]) -> list[Any]:
        """As many objects as the field with the most variants needs."""
        if kind in above:
            return []
        fields = {name: self._values(of, (*above, kind)) for name, of in _fields(kind).items()}
        count = max((len(values) for values in fields.values()), default=1)
        return [
            {name: values[min(index, len(values) - 1)] for name, values in fields.items() if values}
            for index in range(max(count, 1))
        ]


def _fields(kind: Json) -> dict[str, Any]:
    if is_typeddict(kind):
        return get_type_hints(kind, include_extras=True)
    return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}


def leaves(value: Json, path: str = "") -> Iterator[tuple[str, Any]]:
    """The scalars of a body with their paths as the census spells them."""
    if isinstance(value, dict):
        kind = f"<{value['type']}>" if path and isinstance(value.get("type"), str) else ""
        for key, child in value.items():
            yield from leaves(child, f"{path}{kind}/{key}" if path else key)
    elif isinstance(value, list):
        for child in value:
            yield from leaves(child, f"{path}/*")
    else:
        yield path, value
