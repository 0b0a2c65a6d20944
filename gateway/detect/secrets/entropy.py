"""Does a string look made by a random generator, or by a person who left a blank to fill in?"""

import re
from collections import Counter
from math import log2

_PLACEHOLDER = re.compile(
    r"x{3,}|\*{3,}|\.{3,}|_{4,}|^[<{\[(]"
    r"|\$[({]|^\$[A-Za-z_]+$|\{\{|^%[A-Za-z_]+%$"
    r"|your|change ?_?-?me|example|placeholder|dummy|sample|redact|hidden"
    r"|insert|replace|todo|fixme|secret_?key$|api_?key$|password$|token$|^(?:none|null|nil|true|false|undefined)$"
    r"|os\.|env|getenv|process\.|config|settings|input\(|request\.|self\.|args\.|12345678|abcdef",
    re.ASCII | re.IGNORECASE,
)


def entropy(value: str) -> float:
    """Shannon entropy in bits a character."""
    counts = Counter(value)
    return sum(n / len(value) * log2(len(value) / n) for n in counts.values())


def is_placeholder(value: str) -> bool:
    """True for blanks, variables and the words that documentation uses instead of a secret."""
    return len(set(value)) < 4 or _PLACEHOLDER.search(value) is not None


def looks_random(value: str) -> bool:
    """True for long mixed strings with hardly a repetition."""
    kinds = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return kinds >= 2 and entropy(value) >= min(3.0, 0.75 * log2(len(value)))
