"""Negations that a real OPA answers otherwise than the embedded engine.

Where an argument under `not` is missing, OPA takes the whole rule for undefined; the embedded engine takes
the expression for undefined, and its negation for true. A reference alone, or beside `==`, is the same to
both. Only what the schema leaves open may be missing: attributes, parameters, labels, usage.
"""

from collections.abc import Iterator, Mapping, Sequence

from gateway.policy.complaint import Complaint
from gateway.policy.graph import graph
from gateway.policy.references import absolute, aliases
from gateway.policy.schema import schema
from gateway.policy.syntax import Module, Node, Path, Rule, refs, walk

_APART = frozenset({"ArrayCompr", "SetCompr", "ObjectCompr", "NotExpr", "Every"})
"""What has a query of its own: a missing fact in there is the same to both engines."""


def warnings(modules: Sequence[Module]) -> Iterator[Complaint]:
    """Every negation of something that may be missing, unless the rule asks for it elsewhere too."""
    names, shape = set(graph(modules)), schema()
    for module in modules:
        for rule in module.rules:
            for line, path in _of_rule(module, rule, names, shape):
                yield Complaint(module.file, line, rule.name, _message(path))


def _of_rule(module: Module, rule: Rule, names: set[Path], shape: object) -> Iterator[tuple[int, Path]]:
    known = aliases(module, rule, names)

    def paths(node: Node) -> Iterator[tuple[int, Path]]:
        for ref in refs(_without(node, _APART)):
            if path := absolute(module, ref.path, names, known):
                yield ref.line, path

    asked = {path for _, path in paths([rule.head, list(rule.bodies)])}
    for kind, body in walk([rule.head, list(rule.bodies)]):
        if kind == "NotExpr":
            for line, path in paths(list(_arguments(body["expr"]))):
                if path[0] == "input" and path not in asked and _may_lack(path, shape):
                    yield line, path


def _arguments(node: Node) -> Iterator[Node]:
    """What has to be there before the expression can be evaluated at all."""
    kind, body = next(iter(node.items()))
    if kind == "Var":
        return
    if kind in {"RefDot", "RefBrack"}:
        yield from _arguments(body["refr"])
        yield from [body["index"]] if kind == "RefBrack" else []
    elif kind == "BoolExpr" and body["op"] == "Eq":
        yield from _arguments(body["lhs"])
        yield from _arguments(body["rhs"])
    else:
        yield node


def _without(node: Node, kinds: frozenset[str]) -> Node:
    if isinstance(node, Mapping):
        return {kind: _without(body, kinds) for kind, body in node.items() if kind not in kinds}
    return [_without(child, kinds) for child in node] if isinstance(node, list) else node


def _may_lack(path: Path, shape: object) -> bool:
    """True when the path names a key of an object whose keys the schema leaves open."""
    for part in path[1:]:
        if not isinstance(shape, dict):
            return False
        if shape.get("type") == "array":
            shape = shape["items"]
        elif part is None or shape.get("type") != "object":
            return False
        elif part in (fields := shape.get("properties", {})):
            shape = fields[part]
        else:
            return shape.get("additionalProperties", {}) is not False
    return False


def _message(path: Path) -> str:
    written, whole = (".".join(part or "_" for part in each) for each in (path, path[:-1]))
    return (
        f"where `{written}` is missing, this `not` holds here and the whole rule is silent in a real OPA: "
        f'say `object.get({whole}, "{path[-1]}", …)`'
    )
