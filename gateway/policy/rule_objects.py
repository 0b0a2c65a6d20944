"""Checks of what effect rules and plan rules produce, as far as the source shows it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from gateway.core.decision import Effect
from gateway.policy.complaint import Complaint, suggestion
from gateway.policy.language import (
    MASKINGS,
    OPTIONAL,
    PARAMETERS,
    PHASES,
    PLAN_RULES,
    PLAN_SETS,
    RESERVED_RULES,
    RULE_ID,
    SETS,
    VERDICT_FIELDS,
    wrong_header,
)  # fmt: skip
from gateway.policy.plan import wrong_value
from gateway.policy.syntax import Module, Node, Rule, line_of, string, walk

Fields = dict[str, Node]
Said = Iterator[tuple[int, str]]
"""Line and message of a complaint about one rule object."""

_PHASES = {(phase,) for phase in PHASES}
_SHAPES = {
    "String": "string", "RawString": "string", "Number": "number", "Bool": "boolean", "Null": "null",
    "Array": "array", "ArrayCompr": "array", "Set": "array", "SetCompr": "array",
    "Object": "object", "ObjectCompr": "object",
}  # fmt: skip
"""Sets count as arrays: they are written as one."""


def complaints(modules: Sequence[Module]) -> Iterator[Complaint]:
    """Everything wrong with the rules that the gateway asks for."""
    found = [*_of_rules(modules), *_shared_ids(modules)]
    yield from found
    if not found and not any(_decides(module) for module in modules):
        message = "no rule of lictor.request or lictor.response asks for anything"
        yield Complaint(modules[0].file, 1, "bundle", message)


def _of_rules(modules: Sequence[Module]) -> Iterator[Complaint]:
    for module in modules:
        for rule in module.rules:
            if module.package[1:] in _PHASES:
                yield from _of_effect(module, rule)
            elif module.package[1:] == ("plan",):
                yield from _of_plan(module, rule)


def _decides(module: Module) -> bool:
    return module.package[1:] in _PHASES and any(rule.name in SETS for rule in module.rules)


def _of_effect(module: Module, rule: Rule) -> Iterator[Complaint]:
    if rule.name not in SETS:
        yield from _unknown_set(module, rule)
        return
    if rule.kind != "set" or len(rule.path) != 1:
        message = f"`{rule.name}` must be a set of objects: `{rule.name} contains {{…}} if {{…}}`"
        yield Complaint(module.file, rule.line, rule.name, message)
        return
    for node in _objects(rule):
        fields = _fields(node)
        name = _literal(fields, "rule") or rule.name
        for line, message in _wrong(Effect(rule.name), node, rule):
            yield Complaint(module.file, line, name, message)


def _unknown_set(module: Module, rule: Rule) -> Iterator[Complaint]:
    """A set that looks like an effect but is none would silently decide nothing."""
    hint = suggestion(rule.name, sorted(SETS))
    speaks = rule.kind == "set" and any("rule" in _fields(node) for node in _objects(rule))
    if speaks or (hint and rule.kind == "set") or rule.name == "allow":
        message = f"there is no effect `{rule.name}`{hint}"
        extra = "; what no rule objects to is allowed" if rule.name == "allow" else ""
        yield Complaint(module.file, rule.line, rule.name, message + extra)


def _objects(rule: Rule) -> Iterator[Node]:
    """Object literals that a set rule adds, directly or through a local variable."""
    kind, body = next(iter((rule.head.get("key") or {"": None}).items()))
    if kind == "Object":
        yield body
    elif kind == "Var":
        yield from (value["Object"] for value in assigned(rule, body["value"]) if "Object" in value)


def rule_ids(rule: Rule) -> Iterator[str]:
    """Ids of the rule objects that a set rule adds, as far as they are literal."""
    yield from filter(None, (_literal(_fields(node), "rule") for node in _objects(rule)))


def assigned(rule: Rule, name: str) -> Iterator[Node]:
    """Everything that the rule's bodies assign to a local variable."""
    for kind, body in walk(list(rule.bodies)):
        if kind == "AssignExpr" and body["lhs"].get("Var", {}).get("value") == name:
            yield body["rhs"]


def _fields(node: Node) -> Fields:
    """Fields of an object literal whose names are literal."""
    named = ((string(key), value) for _, key, value in node["fields"])
    return {name: value for name, value in named if name is not None}


def _literal(fields: Fields, name: str) -> str | None:
    return string(fields[name]) if name in fields else None


def _wrong(effect: Effect, node: Node, rule: Rule) -> Said:
    fields, line = _fields(node), line_of(node)
    allowed = VERDICT_FIELDS | PARAMETERS[effect] | OPTIONAL[effect]
    for name in sorted(fields.keys() - allowed):
        yield line_of(fields[name]), f"unknown field `{name}`{suggestion(name, sorted(allowed))}"
    for name in ("rule", "reason", *sorted(PARAMETERS[effect])):
        if name not in fields:
            yield line, f"`{effect}` needs `{name}`"
    if effect is Effect.REDACT and "findings" not in fields:
        yield line, "`redact` needs `findings`: which to redact"
    yield from _wrong_id(fields)
    yield from _wrong_shapes(fields, rule)
    yield from _wrong_words(fields)
    yield from _wrong_extras(fields)


def _wrong_id(fields: Fields) -> Said:
    if "rule" not in fields:
        return
    line, name = line_of(fields["rule"]), string(fields["rule"])
    if name is None:
        yield line, "`rule` must be a plain string: ids are stable"
    elif not RULE_ID.fullmatch(name):
        yield line, "`rule` must look like `area.name`: lower case, digits and underscores"
    elif name in RESERVED_RULES:
        yield line, "this id belongs to the gateway itself"


def _wrong_shapes(fields: Fields, rule: Rule) -> Said:
    wanted = {"controls": "array", "findings": "array", "headers": "object"}
    for name, node in fields.items():
        want, shape = wanted.get(name, "string"), _shape(node, rule)
        if shape and shape != want:
            yield line_of(node), f"`{name}` must be {'a' if want == 'string' else 'an'} {want}, not {shape}"


def _shape(node: Node, rule: Rule) -> str:
    """What a value is, or an empty string where only evaluation tells."""
    kind, body = next(iter(node.items()))
    if kind == "Var":
        shapes = {_SHAPES.get(next(iter(value)), "") for value in assigned(rule, body["value"])}
        return shapes.pop() if len(shapes) == 1 else ""
    return _SHAPES.get(kind, "")


def _wrong_words(fields: Fields) -> Said:
    mask, fail = _literal(fields, "with"), _literal(fields, "fail")
    if mask is not None and mask not in MASKINGS:
        near = suggestion(mask, sorted(MASKINGS))
        yield line_of(fields["with"]), f"`with` must be one of {', '.join(sorted(MASKINGS))}{near}"
    if fail is not None and fail not in {"closed", "open"}:
        yield line_of(fields["fail"]), '`fail` must be "closed" or "open"'


def _wrong_extras(fields: Fields) -> Said:
    """An answer of no words, and headers that no answer may carry, as far as both are literal."""
    if _literal(fields, "answer") == "":
        yield line_of(fields["answer"]), "`answer` must be a text"
    headers = fields.get("headers", {}).get("Object")
    for _, key, value in headers["fields"] if headers else ():
        name, computed = string(key), next(iter(value)) not in _SHAPES
        if name is not None and (wrong := wrong_header(name, "computed" if computed else string(value))):
            yield line_of(value) or line_of(key), wrong


def _of_plan(module: Module, rule: Rule) -> Iterator[Complaint]:
    if rule.name in PLAN_SETS and rule.kind != "set":
        message = f'`{rule.name}` must be a set: `{rule.name} contains "patterns"`'
        yield Complaint(module.file, rule.line, rule.name, message)
    elif rule.name not in PLAN_RULES:
        if hint := suggestion(rule.name, sorted(PLAN_RULES)):
            yield Complaint(module.file, rule.line, rule.name, f"the plan has no `{rule.name}`{hint}")
    elif rule.name not in PLAN_SETS:
        yield from _wrong_scalar(module, rule)


def _wrong_scalar(module: Module, rule: Rule) -> Iterator[Complaint]:
    head = rule.head if rule.kind == "default" else rule.head.get("assign") or {}
    kind, body = next(iter(head.get("value", {"": None}).items()))
    if kind not in {"String", "Number", "Bool"}:
        return
    value = orjson.loads(str(body["value"])) if kind == "Number" else body["value"]
    if wrong := wrong_value(rule.name, value):
        yield Complaint(module.file, rule.line, rule.name, f"`{rule.name}` {wrong}")


def _shared_ids(modules: Sequence[Module]) -> Iterator[Complaint]:
    """One id, one file: a report that names a rule must lead to one place."""
    owners: dict[str, str] = {}
    for module in modules:
        for rule in module.rules:
            for node in _objects(rule) if rule.name in SETS and module.package[1:] in _PHASES else ():
                name = _literal(_fields(node), "rule")
                if name and owners.setdefault(name, module.file) != module.file:
                    message = f"the id is already used in {owners[name]}"
                    yield Complaint(module.file, line_of(node), name, message)


# --- what rules state ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Statement:
    """One rule object as the source spells it: who says what, for which clauses."""

    phase: str
    effect: str
    rule: str
    controls: tuple[str, ...]
    file: str
    line: int


def statements(modules: Iterable[Module]) -> Iterator[Statement]:
    """Every rule object of the phases whose id is spelled out, in the order of the source."""
    for module in modules:
        if module.package[1:] in _PHASES:
            for rule in module.rules:
                if rule.name in SETS:
                    yield from _stated(module, rule)


def _stated(module: Module, rule: Rule) -> Iterator[Statement]:
    for node in _objects(rule):
        fields = _fields(node)
        if name := _literal(fields, "rule"):
            controls = tuple(_strings(fields["controls"])) if "controls" in fields else ()
            yield Statement(module.package[1], rule.name, name, controls, module.file, line_of(node))


def _strings(node: Node) -> Iterator[str]:
    """String literals of an array or a set."""
    for kind in ("Array", "Set"):
        for item in node[kind]["items"] if kind in node else ():
            if (text := string(item)) is not None:
                yield text
