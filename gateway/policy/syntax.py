"""Rego modules as data: packages, rules and the references between them, from regorus' syntax tree."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import orjson

from gateway.policy.interpreter import guarded, interpreter

Node = Any
"""A piece of regorus' syntax tree: dicts with one key naming the kind, lists, scalars."""

Path = tuple[str | None, ...]
"""A reference, outermost name first; None where the key is only known at run time."""

Kind = Literal["set", "complete", "function", "default"]

_HEADS: Mapping[str, Kind] = {"Set": "set", "Compr": "complete", "Func": "function"}
_STRINGS = ("String", "RawString")
_QUOTES = (b'"', b"`")
_REFERENCES = ("Var", "RefDot", "RefBrack")


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference as written, before names are resolved."""

    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a module."""

    path: Path
    """Name inside its package, such as ``("deny",)``."""

    kind: Kind
    line: int
    head: Node
    bodies: tuple[Node, ...]

    @property
    def name(self) -> str:
        """First part of the path."""
        return self.path[0] or "_"


@dataclass(frozen=True, slots=True)
class Module:
    """One parsed file."""

    file: str
    source: str
    package: tuple[str, ...]
    line: int
    """Line of the package declaration."""

    imports: Mapping[str, Path]
    rules: tuple[Rule, ...]

    def text(self, span: Node) -> str:
        """The source at a place of the tree; some names are kept there only."""
        return self.source.encode()[span["start"] : span["end"]].decode()


def parse(file: str, source: str) -> Module:
    """Parse one file, or raise :class:`~gateway.policy.interpreter.EngineError`."""
    tree = guarded(partial(_tree, file, source))
    package = tree["package"]
    return Module(
        file=file,
        source=source,
        package=tuple(part or "_" for part in flatten(package["refr"])),
        line=package["span"]["line"],
        imports=dict(_import(entry, source.encode()) for entry in tree["imports"]),
        rules=tuple(_rule(entry) for entry in tree["rules"]),
    )


def _tree(file: str, source: str) -> Node:
    engine = interpreter()
    engine.add_policy(file, source)
    return orjson.loads(engine.get_ast_as_json())[0]["ast"]


def _import(entry: Node, source: bytes) -> tuple[str, Path]:
    """Local name and target of an import; of an alias the tree keeps only the place."""
    path, alias = flatten(entry["refr"]), entry.get("as")
    name = source[alias["start"] : alias["end"]].decode() if alias else path[-1]
    return name or "_", path


def _rule(entry: Node) -> Rule:
    kind, body = next(iter(entry.items()))
    if kind == "Default":
        return Rule(flatten(body["refr"]), "default", body["span"]["line"], body, ())
    shape, head = next(iter(body["head"].items()))
    return Rule(flatten(head["refr"]), _HEADS[shape], body["span"]["line"], head, tuple(body["bodies"]))


def flatten(node: Node) -> Path:
    """The path of a reference node; ``(None,)`` when its root is not a name."""
    kind, body = next(iter(node.items()))
    if kind == "Var":
        return (str(body["value"]),)
    if kind == "RefDot":
        return (*flatten(body["refr"]), str(body["field"][-1]))
    if kind == "RefBrack":
        return (*flatten(body["refr"]), string(body["index"]))
    return (None,)


def string(node: Node) -> str | None:
    """The value of a string literal, or None."""
    kind, body = next(iter(node.items()))
    return str(body["value"]) if kind in _STRINGS else None


def extent(source: bytes, span: Node) -> tuple[int, int]:
    """Where a piece of source begins and ends, in bytes; of strings at its borders the tree leaves out the
    quotes."""
    start, end = int(span["start"]), int(span["end"])
    return start - (source[start - 1 : start] in _QUOTES), end + (source[end : end + 1] in _QUOTES)


def line_of(node: Node) -> int:
    """First line on which ``node`` stands; 0 when the tree does not say."""
    if isinstance(node, dict):
        if isinstance(span := node.get("span"), dict):
            return int(span["line"])
        return next((line for child in node.values() if (line := line_of(child))), 0)
    if isinstance(node, list):
        return next((line for child in node if (line := line_of(child))), 0)
    return 0


def walk(node: Node) -> Iterator[tuple[str, Node]]:
    """Every ``(kind, body)`` below ``node``, itself included, outermost first."""
    if isinstance(node, dict):
        for kind, body in node.items():
            if isinstance(body, dict | list) and kind != "span":
                yield kind, body
                yield from walk(body)
    elif isinstance(node, list):
        for child in node:
            yield from walk(child)


def refs(node: Node) -> Iterator[Ref]:
    """Every maximal reference below ``node``: for ``a.b[c.d]`` these are ``a.b[…]`` and ``c.d``."""
    if isinstance(node, list):
        for child in node:
            yield from refs(child)
    elif isinstance(node, dict):
        for kind, body in node.items():
            if kind in _REFERENCES:
                yield Ref(flatten({kind: body}), line_of(body))
                yield from _inside(kind, body)
            elif kind != "span":
                yield from refs(body)


def _inside(kind: str, body: Node) -> Iterator[Ref]:
    """References hidden in the brackets of a reference."""
    if kind == "RefBrack":
        yield from refs(body["index"])
    if kind in {"RefDot", "RefBrack"}:
        inner, rest = next(iter(body["refr"].items()))
        if inner in _REFERENCES:
            yield from _inside(inner, rest)
        else:
            yield from refs(body["refr"])


def used(rule: Rule) -> Iterator[Ref]:
    """Every reference that evaluating ``rule`` may follow; its own name is not one."""
    head = rule.head
    yield from refs([head.get(part) for part in ("key", "value", "assign", "args")])
    kind, body = next(iter(head["refr"].items()))
    yield from _inside(kind, body)
    yield from refs(list(rule.bodies))


def uses(rule: Rule, word: str) -> bool:
    """True when ``word`` occurs in ``rule`` as part of a reference or as a string literal."""
    literals = (string({kind: body}) for tree in (rule.head, list(rule.bodies)) for kind, body in walk(tree))
    return word in literals or any(word in ref.path for ref in used(rule))


def replaces(rule: Rule) -> bool:
    """True when ``rule`` puts other documents in the place of some, by ``with``."""
    return any(kind == "with_mods" and body for kind, body in walk([rule.head, list(rule.bodies)]))


def expanded(module: Module) -> str:
    """The module's source with imported names written out, line for line.

    regorus evaluates an import as a whole document when the module is entered: too much of it, and before
    any ``with`` in a test applies.
    """
    source = module.source.encode()
    for start, end, path in sorted(_imported(module), reverse=True):
        source = source[:start] + path.encode() + source[end:]
    return source.decode()


def _imported(module: Module) -> Iterator[tuple[int, int, str]]:
    """Place and full path of every use of an imported document."""
    targets = {name: ".".join(map(str, path)) for name, path in module.imports.items() if _plain(path)}
    for rule in module.rules:
        usable = targets.keys() - set(_locals(module, rule))
        for kind, body in walk([rule.head, list(rule.bodies)]):
            if kind == "Var" and body["value"] in usable:
                yield body["span"]["start"], body["span"]["end"], targets[body["value"]]


def _plain(path: Path) -> bool:
    """True for a document's path that can be written with dots."""
    return path[0] in {"data", "input"} and all(part is not None and part.isidentifier() for part in path)


def _locals(module: Module, rule: Rule) -> Iterator[str]:
    """Names that ``rule`` binds for itself, as far as they could hide an import."""
    yield from _variables(rule.head.get("args", []))
    for kind, body in walk(list(rule.bodies)):
        if kind == "AssignExpr" and body["op"] == "ColEq":
            yield from _variables(body["lhs"])
        elif kind == "SomeIn":
            yield from _variables([body["key"], body["value"]])
        elif kind in {"SomeVars", "Every"}:
            spans = body["vars"] if kind == "SomeVars" else [body["key"], body["value"]]
            yield from (module.text(span) for span in spans if span)


def _variables(node: Node) -> Iterator[str]:
    return (body["value"] for kind, body in walk(node) if kind == "Var")
