"""Reading what people write: strictly, and with the place of every complaint."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from evalsuites.harness.faults import UsageFault


class _Strict(yaml.SafeLoader):
    """YAML without two meanings: a key that stands twice is refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for place, key in enumerate(keys):
            if key in keys[:place]:
                mark = node.value[place][0].start_mark
                raise yaml.constructor.ConstructorError(None, None, f"`{key}` stands twice", mark)
        return super().construct_mapping(node, deep)


def read_yaml(file: Path) -> object:
    """What a YAML file holds."""
    try:
        return yaml.load(file.read_text("utf-8"), _Strict)  # noqa: S506 - a safe loader, made stricter
    except (OSError, UnicodeDecodeError) as error:
        raise UsageFault(str(file), f"cannot be read: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}:{mark.line + 1}" if mark else str(file)
        raise UsageFault(where, f"this is no YAML: {getattr(error, 'problem', error)}") from None


def read_json_lines(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a file of JSON Lines, each with its place."""
    try:
        body = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageFault(str(file), f"cannot be read: {error}") from None
    for line, said in enumerate(body.split("\n"), 1):
        if said.strip():
            yield f"{file}:{line}", mapping(_json(said, f"{file}:{line}"), f"{file}:{line}")


def _json(said: str, where: str) -> object:
    try:
        found = json.loads(said, parse_constant=no_number)
        json.dumps(found, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise UsageFault(where, f"this is no JSON: {error}") from None
    return found


def no_number(name: str) -> float:
    """For ``parse_constant``: ``NaN`` and infinities are no JSON."""
    raise ValueError(f"{name} is no number")


def mapping(value: object, where: str) -> dict[str, Any]:
    """A mapping with texts as keys."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise UsageFault(where, "this must be a mapping of names to values")
    return value


def check_keys(value: Mapping[str, object], known: set[str], needed: set[str], where: str) -> None:
    """Refuse keys that are unknown, and the lack of those that are needed."""
    if unknown := sorted(value.keys() - known):
        raise UsageFault(where, f"`{unknown[0]}` is not known here; there are {', '.join(sorted(known))}")
    if missing := sorted(needed - value.keys()):
        raise UsageFault(where, f"`{missing[0]}` is missing")


def text(value: object, where: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise UsageFault(where, "this must be a text")
    return value


def whole(value: object, least: int, most: int, where: str) -> int:
    """A whole number within limits."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise UsageFault(where, f"this must be a whole number from {least} to {most}")
    return value


def number(value: object, least: float, most: float, where: str) -> float:
    """A number within limits."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise UsageFault(where, f"this must be a number from {least:g} to {most:g}")
    return float(value)


def choice(value: object, known: tuple[str, ...], where: str) -> str:
    """One word out of a few."""
    if value not in known:
        raise UsageFault(where, f"this must be one of {', '.join(known)}")
    return str(value)


def switch(value: object, where: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise UsageFault(where, "this must be true or false")
    return value
