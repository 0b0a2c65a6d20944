"""Which rule leads to which, so that recursion is refused before anything is evaluated.

Rego forbids recursion, but the embedded interpreter follows recursive *functions* until the process dies.
The graph is an over-approximation: a dynamic reference leads to everything it could reach, and a local
variable that carries a rule's name counts as the rule. Without a cycle here there is none at run time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.policy.syntax import Module, Path, Rule, used


@dataclass(frozen=True, slots=True)
class Cycle:
    """A rule that leads back to itself."""

    file: str
    line: int
    rule: str
    message: str


_MESSAGE = "the rule depends on itself (a local variable that carries a rule's name counts as that rule)"

Graph = Mapping[Path, set[Path]]


def cycle(modules: Sequence[Module]) -> Cycle | None:
    """The first rule that can reach itself, or None."""
    edges = graph(modules)
    for module in modules:
        for rule in module.rules:
            here = full(module, rule)
            if here in _reachable(edges, here):
                return Cycle(module.file, rule.line, rule.name, _MESSAGE)
    return None


def graph(modules: Sequence[Module]) -> Graph:
    """Edges between rules, named by package and first part of their path."""
    names = {full(module, rule) for module in modules for rule in module.rules}
    edges: dict[Path, set[Path]] = {name: set() for name in names}
    for module in modules:
        for rule in module.rules:
            edges[full(module, rule)] |= set(targets(module, rule, names))
    return edges


def resolve(module: Module, path: Path, names: set[Path]) -> Path | None:
    """The absolute path behind a reference: ``data…`` or ``input…``; None for a local variable."""
    root, rest = path[0], path[1:]
    if root in {"data", "input"}:
        return path
    if root is None:
        return None
    if root in module.imports:
        return (*module.imports[root], *rest)
    local: Path = ("data", *module.package, root)
    return (*local, *rest) if local in names else None


def reached(edges: Graph, start: Path) -> set[Path]:
    """``start`` and every rule that it can lead to."""
    return {start} | _reachable(edges, start)


def full(module: Module, rule: Rule) -> Path:
    """Package and name of a rule."""
    return ("data", *module.package, rule.name)


def targets(module: Module, rule: Rule, names: set[Path]) -> Iterator[Path]:
    """Every rule that ``rule`` refers to."""
    for ref in used(rule):
        absolute = resolve(module, ref.path, names)
        if absolute is not None and absolute[0] == "data":
            yield from (name for name in names if meets(absolute, name))


def meets(reference: Path, name: Path) -> bool:
    """True when one of the two can be the beginning of the other."""
    return all(part in (None, other) for part, other in zip(reference, name, strict=False))


def _reachable(edges: Graph, start: Path) -> set[Path]:
    seen: set[Path] = set()
    waiting = list(edges.get(start, ()))
    while waiting:
        if (name := waiting.pop()) not in seen:
            seen.add(name)
            waiting.extend(edges[name])
    return seen
