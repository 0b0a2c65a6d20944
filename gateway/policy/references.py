"""Checks that what rules refer to exists: input fields, base documents, rules and builtins."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from gateway.policy.complaint import Complaint, suggestion
from gateway.policy.graph import Graph, graph, reached, resolve
from gateway.policy.interpreter import EngineError, guarded, interpreter
from gateway.policy.language import IMPURE
from gateway.policy.schema import plan_schema, schema
from gateway.policy.syntax import Module, Path, Rule, flatten, line_of, used, walk

_PLAN_ONLY = frozenset({"installed"})
_RESPONSE_ONLY = frozenset({"request", "response"})
Data = Mapping[str, object]


def complaints(modules: Sequence[Module], data: Data) -> Iterator[Complaint]:
    """Every reference that leads nowhere."""
    edges = graph(modules)
    planning = {name for root in edges if root[1:3] == ("lictor", "plan") for name in reached(edges, root)}
    for module in modules:
        for rule in module.rules:
            shape = _shape(module, planned=("data", *module.package, rule.name) in planning)
            for line, message in _of_rule(module, rule, edges, shape, data):
                yield Complaint(module.file, line, rule.name, message)


def _shape(module: Module, *, planned: bool) -> Mapping[str, object]:
    """The input that a rule will be evaluated on."""
    if planned:
        return plan_schema()
    whole = schema()
    absent = _PLAN_ONLY | (_RESPONSE_ONLY if module.package[1:2] == ("request",) else frozenset())
    fields = whole["properties"]
    assert isinstance(fields, dict)  # noqa: S101 - our own schema
    whole["properties"] = {name: field for name, field in fields.items() if name not in absent}
    return whole


def _of_rule(
    module: Module, rule: Rule, edges: Graph, shape: Mapping[str, object], data: Data
) -> Iterator[tuple[int, str]]:
    names = set(edges)
    known_as = aliases(module, rule, names)
    for ref in used(rule):
        path = absolute(module, ref.path, names, known_as)
        if path is None:
            continue
        wrong = _wrong_input(path, shape) if path[0] == "input" else _wrong_data(path, data, names)
        if wrong:
            yield ref.line, wrong
    for kind, body in walk([rule.head, list(rule.bodies)]):
        if kind == "Call" and (wrong := _wrong_call(module, body, names)):
            yield line_of(body), wrong


# --- names --------------------------------------------------------------------------------------------------


def absolute(
    module: Module, path: Path, names: set[Path], known_as: Mapping[str, Path | None]
) -> Path | None:
    """The path from ``input`` or ``data`` on; None for a local name that stands for neither."""
    known = known_as.get(path[0] or "")
    return (*known, *path[1:]) if known else resolve(module, path, names)


def aliases(module: Module, rule: Rule, names: set[Path]) -> dict[str, Path | None]:
    """Local variables that stand for a part of the input or of data; None where they are ambiguous."""
    found: dict[str, Path | None] = {}
    for name, path in _bindings(rule):
        target = absolute(module, path, names, found) if path else None
        found[name] = target if found.get(name, target) == target else None
    return found


def _bindings(rule: Rule) -> Iterator[tuple[str, Path | None]]:
    """Each ``some x in …`` and ``x := …``, with the reference on its other side if it is one."""
    for kind, body in walk(list(rule.bodies)):
        if kind == "SomeIn" and "Var" in body["value"]:
            path = _reference(body["collection"])
            yield body["value"]["Var"]["value"], (*path, None) if path else None
        elif kind == "AssignExpr" and "Var" in body["lhs"]:
            yield body["lhs"]["Var"]["value"], _reference(body["rhs"])


def _reference(node: Mapping[str, object]) -> Path | None:
    path = flatten(node)
    return path if path[0] is not None else None


# --- input --------------------------------------------------------------------------------------------------


def _wrong_input(path: Path, shape: object) -> str:
    """Follow a reference into the schema; what is wrong with it, or an empty string."""
    read = "input"
    for part in path[1:]:
        if not isinstance(shape, dict) or "type" not in shape:
            return ""
        if shape["type"] == "array":
            if part is not None and not part.isdigit():
                return f"`{read}` is an array: use `some item in {read}`"
            shape, read = shape["items"], f"{read}[_]"
        elif shape["type"] != "object":
            return f"`{read}` is a {shape['type']} and has no fields"
        else:
            fields = shape.get("properties", {})
            rest = shape.get("additionalProperties", {})
            if part is None:
                return ""
            if part not in fields and rest is False:
                return f"`{read}` has no field `{part}`{suggestion(part, list(fields))}"
            shape, read = fields.get(part, rest), f"{read}.{part}"
    return ""


# --- data ---------------------------------------------------------------------------------------------------


def _wrong_data(path: Path, data: Data, names: set[Path]) -> str:
    """Follow a reference into rules and base documents; what is wrong with it, or an empty string."""
    if path[0] != "data" or any(_begins(name, path) or _begins(path, name) for name in names):
        return ""
    here: object = data
    for depth, part in enumerate(path[1:], start=1):
        beside = {str(name[depth]) for name in names if _begins(path[:depth], name)}
        if part is None or not (isinstance(here, dict) or beside):
            return ""
        known = {*here} if isinstance(here, dict) else set()
        if part not in known | beside:
            written = ".".join(str(word) for word in path[: depth + 1])
            return f"`{written}` is not defined{suggestion(part, sorted(known | beside))}"
        here = here.get(part) if isinstance(here, dict) else None
    return ""


def _begins(start: Path, path: Path) -> bool:
    """True when ``start`` can be the beginning of ``path``."""
    return len(start) <= len(path) and all(
        None in (a, b) or a == b for a, b in zip(start, path, strict=False)
    )


# --- calls --------------------------------------------------------------------------------------------------


def _wrong_call(module: Module, call: Mapping[str, Mapping[str, object]], names: set[Path]) -> str:
    path = flatten(call["fcn"])
    if resolve(module, path, names) is not None:
        return ""
    name = ".".join(part or "_" for part in path)
    if name in IMPURE:
        hint = "; use `input.time.unix_ms`" if name == "time.now_ns" else ""
        return f"`{name}` would make decisions that cannot be repeated{hint}"
    return "" if _is_builtin(name) else f"there is no function `{name}`"


@cache
def _is_builtin(name: str) -> bool:
    """Whether the engine knows a builtin: called without arguments it complains about their number."""
    try:
        guarded(lambda: interpreter().eval_query_as_json(f"{name}()"))
    except EngineError as error:
        return "could not find function" not in error.message
    return True
