"""How deep rules and documents may be nested, before anything recursive looks at them."""

import re
from typing import Final

MAX_NESTING: Final = 100
"""Levels of a base document; the interpreter refuses more than 127."""

MAX_BRACKETS: Final = 12
"""Levels of ``[`` and ``{`` in a rule. The interpreter's parser tries each in two ways, so that every level
doubles its work: 10 take a tenth of a second, 15 take six, 20 take minutes."""

_TOKENS: Final = re.compile(
    r"""(?P<skipped> \#[^\n]* | "(?:\\.|[^"\\\n])*" | `[^`]*` ) | (?P<open>[\[{]) | (?P<close>[\]}])""",
    re.VERBOSE,
)


def too_deep(source: str) -> int:
    """The line on which brackets of a Rego file nest too deep, or 0."""
    depth = 0
    for token in _TOKENS.finditer(source):
        if token.lastgroup == "open":
            depth += 1
        elif token.lastgroup == "close":
            depth = max(depth - 1, 0)
        if depth > MAX_BRACKETS:
            return source.count("\n", 0, token.start()) + 1
    return 0


def deeper_than(levels: int, value: object) -> bool:
    """True when objects and arrays are nested in more than so many levels."""
    layer = [value]
    for _ in range(levels + 1):
        layer = [below for item in layer for below in _inside(item)]
        if not layer:
            return False
    return True


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
