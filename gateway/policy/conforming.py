"""Whether facts have the published shape: as much of JSON Schema as :mod:`gateway.policy.schema` uses."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.policy.complaint import suggestion

Place = tuple[str | int, ...]
Wrong = Iterator[tuple[Place, str]]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,),
    "integer": (int,), "number": (int, float),
}  # fmt: skip


def wrong(value: object, shape: Mapping[str, Any], place: Place = ()) -> Wrong:
    """Every place at which ``value`` is not as ``shape`` has it, with what is wrong there."""
    kind = shape.get("type")
    if kind is not None and not _is(value, kind):
        yield place, f"must be {_article(kind)}"
    elif "const" in shape and value != shape["const"]:
        yield place, f"must be {shape['const']}"
    elif "enum" in shape and value not in shape["enum"]:
        near = suggestion(str(value), shape["enum"])
        yield place, f"must be one of {', '.join(filter(None, shape['enum']))}{near}"
    elif isinstance(value, dict):
        yield from _members(value, shape, place)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from wrong(item, shape.get("items", {}), (*place, index))


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aio" else f"a {kind}"


def _members(value: Mapping[str, object], shape: Mapping[str, Any], place: Place) -> Wrong:
    fields, rest = shape.get("properties", {}), shape.get("additionalProperties", {})
    for name in shape.get("required", ()):
        if name not in value:
            yield place, f"needs `{name}`"
    for name, member in value.items():
        if name not in fields and rest is False:
            yield (*place, name), f"there is no field `{name}`{suggestion(name, list(fields))}"
        else:
            yield from wrong(member, fields.get(name, rest), (*place, name))
