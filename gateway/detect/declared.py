"""Reading what a YAML file declares: every complaint names the file, the line and the key.

YAML is read into plain values only, with the booleans of YAML 1.2 (``on`` and ``no`` are words), and a key
that stands twice is refused: two readers could take different ones.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from gateway.core.errors import ConfigError

Place = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """Plain values; only ``true`` and ``false`` are booleans."""


_BOOLEAN = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOLEAN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOLEAN, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


class Declaration(BaseModel):
    """Base of what files declare: nothing unknown, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


_Declared = TypeVar("_Declared", bound=Declaration)


def read(path: Path, kind: type[_Declared]) -> _Declared:
    """The declaration in a file.

    Raises:
        ConfigError: it cannot be read, is no YAML, or says what it may not say.
    """
    values, lines = document(path)
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        told = [_complaint(path, lines, part) for part in error.errors()]
        raise ConfigError("\n".join(told)) from None


def document(path: Path) -> tuple[Any, Mapping[Place, int]]:
    """The plain values of a file, and the line of each of them.

    Raises:
        ConfigError: it cannot be read, is no YAML, or has a key twice.
    """
    try:
        text = path.read_text("utf-8")
        node = yaml.compose(text, _Loader)
        if node is None:
            raise ConfigError(f"{path}:1: the file is empty")
        lines = dict(_lines(path, node, ()))
        return yaml.load(text, _Loader), lines  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: no valid YAML: {error.problem}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{path}:1: no valid YAML: {type(error).__name__}") from None


def line_of(lines: Mapping[Place, int], place: Place) -> int:
    """The line of a value, or of the nearest thing around it."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _lines(path: Path, node: yaml.Node, place: Place) -> Iterator[tuple[Place, int]]:
    yield place, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise ConfigError(f"{path}:{key.start_mark.line + 1}: {name}: stands twice")
            seen.add(name)
            yield from _lines(path, value, (*place, name))
            yield (*place, name), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _lines(path, value, (*place, index))


def _complaint(path: Path, lines: Mapping[Place, int], part: ErrorDetails) -> str:
    key = ".".join(str(step) for step in part["loc"]) or "the file"
    message = "there is no such key" if part["type"] == "extra_forbidden" else part["msg"]
    return f"{path}:{line_of(lines, part['loc'])}: {key}: {message}"
