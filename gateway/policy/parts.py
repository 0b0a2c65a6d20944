"""Splitting a phase into parts that can be evaluated one by one.

An effect set that several files add to is the union of what each file adds. So a file, with all that its
rules lead to, can be asked alone; and because it reads fewer facts than the whole phase, its answer is more
often remembered: a change in size asks the limits again, but neither the models nor the tools.
"""

from collections.abc import Collection, Iterable, Sequence

from gateway.policy.graph import Graph, full, graph, reached, targets
from gateway.policy.language import SETS
from gateway.policy.syntax import Module, Path

Modules = tuple[Module, ...]


def parts(modules: Sequence[Module], phase: str) -> tuple[Modules, ...]:
    """Groups of modules whose answers together are the phase's answer.

    There is one group a file that adds to an effect set, or a single one when some rule reads an effect set:
    then the file that adds to it and the file that reads it belong together.
    """
    edges = graph(modules)
    effects = {("data", "lictor", phase, name) for name in SETS}
    groups = []
    for module in modules:
        if any(full(module, rule) in effects for rule in module.rules):
            needed = _needed(module, edges)
            if needed & effects:
                return (tuple(modules),)
            groups.append((module, *_defining(needed, modules, module)))
    return tuple(groups)


def _needed(module: Module, edges: Graph) -> set[Path]:
    """Every rule that the rules of ``module`` can lead to."""
    names = set(edges)
    direct = {target for rule in module.rules for target in targets(module, rule, names)}
    return {name for target in direct for name in reached(edges, target)}


def _defining(names: Collection[Path], modules: Iterable[Module], known: Module) -> Modules:
    """The other modules that define any of ``names``."""
    return tuple(
        module
        for module in modules
        if module is not known and any(full(module, rule) in names for rule in module.rules)
    )
