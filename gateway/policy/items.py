"""Which entries of the lists of facts rules can read, and what of each entry.

Rules go over a list as ``some finding in input.findings``, and most of them ask for one category in the very
next line. Entries of other categories then cannot matter to them, nor can fields that nothing names. A rule
about credentials is not asked again because of a new insult, and none because a span lies elsewhere.

What is not written that way is read whole: this too is an over-approximation over the syntax tree.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.policy.graph import resolve
from gateway.policy.levels import SCORE, Levels, Sight, either, levels
from gateway.policy.syntax import Module, Node, Path, Rule, flatten, string, used, walk

KINDS: Mapping[str, str] = {"coverage": "detector", "findings": "category", "segments": "kind"}
"""The lists, each with the field by which rules tell its entries apart."""

RESTLESS = frozenset({"digest", "length"})
"""Fields that differ from call to call."""

Names = frozenset[str] | None
"""Names that matter; None means all of them."""


@dataclass(frozen=True, slots=True)
class Items:
    """What can be read of a list."""

    fields: Names
    """Fields of an entry."""

    kinds: Names
    """Values of the field in :data:`KINDS` by which entries are told apart."""

    levels: Levels | None = None
    """Thresholds that a score is compared with; None where it matters as it is."""

    def of(self, entries: object, kind: str) -> object:
        """``entries`` without what cannot be read."""
        if not isinstance(entries, list):
            return entries
        kinds, fields = self.kinds, self.fields
        kept = entries if kinds is None else [entry for entry in entries if entry.get(kind) in kinds]
        if fields is None:
            return kept
        lean = [{name: entry[name] for name in fields if name in entry} for entry in kept]
        if self.levels is not None and SCORE in fields:
            for entry in lean:
                if SCORE in entry:
                    entry[SCORE] = self.levels.of(entry[SCORE])
        return lean

    @property
    def restless(self) -> bool:
        """Whether a field may be read that differs from call to call."""
        return self.fields is None or bool(self.fields & RESTLESS)

    def __or__(self, other: "Items") -> "Items":
        """What either can read."""
        return Items(
            _either(self.fields, other.fields),
            _either(self.kinds, other.kinds),
            either(self.levels, other.levels),
        )


WHOLE = Items(None, None)


def _either(one: Names, other: Names) -> Names:
    return None if one is None or other is None else one | other


def items(module: Module, rule: Rule, sight: Sight) -> Mapping[str, Items]:
    """What ``rule`` itself can read of each list that it refers to."""
    refs = [ref.path for ref in used(rule)]
    uses = [path[1] for ref in refs if (path := resolve(module, ref, sight.names)) and _is_list(path)]
    loops = list(_loops(module, rule, sight.names))
    found: dict[str, Items] = {}
    for name in filter(None, uses):
        over = [loop for loop in loops if loop.name == name]
        # A reference to the list that is not a loop's may lead anywhere.
        read = (
            [loop.read(rule, refs, loops, sight) for loop in over]
            if len(over) == uses.count(name)
            else [WHOLE]
        )
        for each in read:
            found[name] = found[name] | each if name in found else each
    return found


def _is_list(path: Path) -> bool:
    return len(path) > 1 and path[0] == "input" and path[1] in KINDS


@dataclass(frozen=True, slots=True)
class _Loop:
    """``some variable in input.name``, and the statement behind it."""

    variable: str
    name: str
    guard: Node

    def read(self, rule: Rule, refs: list[Path], loops: list["_Loop"], sight: Sight) -> Items:
        fields = self._fields(refs, loops)
        known = None if fields is None else levels(rule, (self.variable, SCORE), refs, sight)
        return Items(fields, self._kinds(), known)

    def _fields(self, refs: list[Path], loops: list["_Loop"]) -> Names:
        """Fields that are named; None where the entry goes on as a whole (each loop names it bare once)."""
        mine = [path for path in refs if path[0] == self.variable]
        bare = sum(1 for path in mine if len(path) == 1)
        named = [path[1] for path in mine if len(path) > 1]
        if bare > sum(1 for loop in loops if loop.variable == self.variable) or None in named:
            return None
        return frozenset(filter(None, named))

    def _kinds(self) -> Names:
        """The literals that the next statement compares the entry's kind with."""
        wanted = (self.variable, KINDS[self.name])
        for kind, body in (self.guard or {}).items():
            if kind == "BoolExpr" and body["op"] == "Eq":
                for one, other in ((body["lhs"], body["rhs"]), (body["rhs"], body["lhs"])):
                    if flatten(one) == wanted and (value := string(other)) is not None:
                        return frozenset({value})
            if kind == "Membership" and body["key"] is None and flatten(body["value"]) == wanted:
                return _literals(body["collection"])
        return None


def _literals(node: Node) -> Names:
    kind, body = next(iter(node.items()))
    values = [string(item) for item in body["items"]] if kind in {"Array", "Set"} else [None]
    return None if None in values else frozenset(filter(None, values))


def _loops(module: Module, rule: Rule, names: set[Path]) -> Iterator[_Loop]:
    for statements in _queries(rule):
        for statement, following in zip(statements, [*statements, None][1:], strict=True):
            some = statement["literal"].get("SomeIn")
            if some is None or some["key"] is not None or "Var" not in some["value"]:
                continue
            path = resolve(module, flatten(some["collection"]), names)
            if path and _is_list(path) and len(path) == 2 and not statement.get("with_mods"):
                yield _Loop(some["value"]["Var"]["value"], str(path[1]), _plain(following))


def _plain(statement: Node) -> Node:
    """The expression of a statement that is neither negated nor under a ``with``."""
    if statement is None or statement.get("with_mods"):
        return None
    return statement["literal"].get("Expr", {}).get("expr")


def _queries(rule: Rule) -> Iterator[list[Node]]:
    """The statements of every body, of the rule and of comprehensions in it."""
    for tree in (rule.head, list(rule.bodies)):
        yield from (body["stmts"] for _, body in walk(tree) if isinstance(body, dict) and "stmts" in body)
