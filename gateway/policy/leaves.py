"""The settings of a bundle: the leaves of its base documents that rules can read."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from gateway.policy.bundle import Bundle
from gateway.policy.graph import full, graph, reached, resolve
from gateway.policy.syntax import Module, Path, used

Place = tuple[str | int, ...]


def leaves(value: object, place: Place = ()) -> Iterator[tuple[Place, object]]:
    """Every scalar below ``value`` and its place, in order."""
    if isinstance(value, Mapping):
        for name, child in value.items():
            yield from leaves(child, (*place, name))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from leaves(child, (*place, index))
    else:
        yield place, value


def read_leaves(bundle: Bundle, phase: str = "") -> Iterator[tuple[Place, object]]:
    """The leaves that some rule (of the ``phase``, and what it leads to) can read; what is read through a
    variable counts as read."""
    paths = data_paths(bundle.modules, phase)
    for place, value in leaves(bundle.data):
        if any(_meets(path, place) for path in paths):
            yield place, value


def data_paths(modules: Sequence[Module], phase: str = "") -> set[Path]:
    """Every path below ``data`` that the rules refer to, without the ``data`` itself."""
    edges = graph(modules)
    roots = [name for name in edges if not phase or name[1:3] == ("lictor", phase)]
    wanted = {name for root in roots for name in reached(edges, root)}
    found = (
        resolve(module, ref.path, set(edges))
        for module in modules
        for rule in module.rules
        if full(module, rule) in wanted
        for ref in used(rule)
    )
    return {path[1:] for path in found if path is not None and path[0] == "data"}


Readings = Sequence[tuple[Path, tuple[str, int]]]
"""Paths below ``data`` that rules refer to, with file and line."""


def readings(modules: Sequence[Module]) -> Readings:
    """Every place at which rules read data."""
    names = set(graph(modules))
    found = []
    for module in modules:
        for rule in module.rules:
            for ref in used(rule):
                path = resolve(module, ref.path, names)
                if path is not None and path[0] == "data":
                    found.append((path[1:], (module.file, ref.line)))
    return found


def sites(found: Readings, place: Place) -> frozenset[tuple[str, int]]:
    """Files and lines at which rules read a leaf."""
    return frozenset(site for path, site in found if _meets(path, place))


def _meets(path: Path, place: Place) -> bool:
    return all(part in (None, str(step)) for part, step in zip(path, place, strict=False))


def dotted(place: Place) -> str:
    """``settings.pii.leave[2]``."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def changed(data: Mapping[str, object], place: Place, value: object) -> dict[str, Any]:
    """A copy of ``data`` with another value at ``place``."""
    copy: dict[str, Any] = deepcopy(dict(data))
    _holder(copy, place)[place[-1]] = value
    return copy


def without(data: Mapping[str, object], place: Place) -> dict[str, Any]:
    """A copy of ``data`` without what is at ``place``."""
    copy: dict[str, Any] = deepcopy(dict(data))
    del _holder(copy, place)[place[-1]]
    return copy


def _holder(data: Any, place: Place) -> Any:  # noqa: ANN401 - objects and arrays, told by the place
    for step in place[:-1]:
        data = data[step]
    return data
