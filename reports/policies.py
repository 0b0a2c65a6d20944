"""What a policy bundle says about itself: its rules, and the clauses that they name."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.policy.bundle import load
from gateway.policy.syntax import Node, string, walk


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one revision of a bundle."""

    name: str
    """Name of its folder."""

    revision: str
    rules: tuple[tuple[str, tuple[str, ...]], ...]
    """Rule ids, sorted, each with the controls that it names."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The rule ids alone."""
        return tuple(rule for rule, _ in self.rules)


def read_policy(path: Path) -> Policy:
    """Read a bundle's folder; raises :class:`gateway.policy.bundle.BundleError`."""
    bundle = load(path)
    found: dict[str, set[str]] = {}
    for module in bundle.modules:
        for rule in module.rules:
            for name, controls in _named([rule.head, *rule.bodies]):
                found.setdefault(name, set()).update(controls)
    rules = tuple((name, tuple(sorted(found[name]))) for name in sorted(found))
    return Policy(path.name, bundle.revision, rules)


def _named(node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Object literals with a literal ``rule``: the verdicts that a bundle can give."""
    for kind, body in walk(node):
        if kind != "Object":
            continue
        fields = {string(key): value for _, key, value in body["fields"] if string(key) is not None}
        name = string(fields["rule"]) if "rule" in fields and "reason" in fields else None
        if name is not None:
            yield name, tuple(_strings(fields["controls"])) if "controls" in fields else ()


def _strings(node: Node) -> Iterator[str]:
    kind, body = next(iter(node.items()))
    if kind in {"Array", "Set"}:
        values = (string(item) for item in body["items"])
        yield from (value for value in values if value is not None)
