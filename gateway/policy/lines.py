"""YAML that remembers where everything stood, read strictly: no key twice, no dates, no tags."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from gateway.policy.bundle import BundleError

Place = tuple[str | int, ...]
Value = object

_SCALARS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")}
_PLAIN = yaml.constructor.SafeConstructor()
_DEEPEST = 64
_LARGEST = 200_000
"""Nodes of a file, aliases followed: a file of a few bytes may stand for millions."""


@dataclass(frozen=True, slots=True)
class Located:
    """A document and the line of each of its places."""

    value: Value
    lines: Mapping[Place, int]

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def located(file: str, source: str) -> Located:
    """Read one YAML document, or raise :class:`BundleError`."""
    try:
        node = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not valid YAML"
        raise BundleError(file, mark.line + 1 if mark else 1, "yaml", problem) from None
    if node is None:
        return Located(None, {})
    reader = _Reader(file)
    return Located(reader.value(node, ()), reader.lines)


class _Reader:
    """Turns nodes into values and notes where they stood."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.lines: dict[Place, int] = {}

    def value(self, node: yaml.Node, place: Place) -> Value:
        """The value of a node."""
        self.lines[place] = node.start_mark.line + 1
        if len(place) > _DEEPEST or len(self.lines) > _LARGEST:
            raise self._error(node, "the document is too deep or too large")
        if isinstance(node, yaml.MappingNode):
            return dict(self._members(node, place))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*place, index)) for index, child in enumerate(node.value)]
        return self._scalar(node)

    def _members(self, node: yaml.MappingNode, place: Place) -> Iterator[tuple[str, Value]]:
        seen: set[str] = set()
        for key, child in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name is None or name in seen:
                raise self._error(
                    key, "the key is no word" if name is None else f"`{name}` stands here twice"
                )
            seen.add(name)
            yield name, self.value(child, (*place, name))

    def _scalar(self, node: yaml.Node) -> Value:
        if node.tag not in _SCALARS:
            raise self._error(node, "a date or a tag: put the text in quotes")
        try:
            value: Value = _PLAIN.construct_object(node)
        except (ValueError, yaml.YAMLError):
            raise self._error(node, "this is no value") from None
        return value

    def _error(self, node: yaml.Node, message: str) -> BundleError:
        return BundleError(self._file, node.start_mark.line + 1, "yaml", message)
