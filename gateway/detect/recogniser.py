r"""A recogniser: what one kind of value looks like, and how to be sure.

**Score scale**, the only place where it is defined. A form states a score for a value that stands
next to a context word (``near``) and one for a value without (``alone``); the score of a hit is
that number times what the validator returned.

======== ===== ======================================================================
word     score meaning
======== ===== ======================================================================
PROVEN   1.0   a checksum or an unmistakable shape: chance is out of the question
STRONG   0.9   a clear shape or a checksum, and a second sign beside it
CLEAR    0.85  as STRONG, by a general rule: a special one for the same span is preferred
LIKELY   0.7   one good sign: a clear shape, or a weak checksum with a context word
WEAK     0.4   possible; under the 0.5 from which the shipped policies act
NOTHING  0.0   not reported
======== ===== ======================================================================

**Expressions** are Python ``re`` syntax under ASCII rules, so that hyperscan reads ``\d``,
``\w``, ``\b`` and letter case exactly as ``re`` does. They hold no look-around: what must not
touch a value stands in ``before`` and ``after``, which only ``re`` sees. An expression that needs
more than hyperscan has names a simpler ``probe`` that every match contains. Repetition is bounded,
which keeps matching linear in the text.

**Numbers.** Most identifiers are digit groups. Asking hyperscan about each of them apart would cost
more than all the rest, so a ``numeric`` form is looked for only around the runs of digits that
:data:`NUMBER` describes, for which one question is enough.
"""

from collections.abc import Callable
from dataclasses import dataclass

PROVEN = 1.0
STRONG = 0.9
CLEAR = 0.85
LIKELY = 0.7
WEAK = 0.4
NOTHING = 0.0

Validator = Callable[[str], float]

ALNUM = "0-9A-Za-z"
NOT_AFTER_WORD = rf"(?<![{ALNUM}])"
NOT_BEFORE_WORD = rf"(?![{ALNUM}])"
# A digit group that hangs on another by a dot, dash or slash is part of a longer number.
NOT_AFTER_NUMBER = rf"(?<![{ALNUM}])(?<!\d[-./])"
NOT_BEFORE_NUMBER = rf"(?![{ALNUM}]|[-./]\d)"

# At least seven digits, at most three separators apart.
NUMBER = r"\d(?:[ ./()-]{0,3}\d){6}"
NUMBER_RUN = r"\d(?:[ ./()-]{0,3}\d){6,}"
NUMBER_MARGIN = 16
"""How far a numeric form may reach beyond the digits that announce it."""


def always(_value: str) -> float:
    """The validator of shapes that need no second look."""
    return PROVEN


def proven_by(check: Callable[[str], bool]) -> Validator:
    """Turn a yes-or-no check into a validator."""
    return lambda value: PROVEN if check(value) else NOTHING


@dataclass(frozen=True, slots=True)
class Form:
    """One way in which a kind of value is written."""

    expression: str
    """What the value looks like. A group named ``value`` narrows the span to itself."""

    near: float = PROVEN
    """Score beside a context word."""

    alone: float = NOTHING
    """Score without one."""

    validate: Validator = always
    """How sure the value itself makes us, between 0 (not this kind) and 1."""

    before: str = NOT_AFTER_WORD
    """Look-behind: what must not stand in front."""

    after: str = NOT_BEFORE_WORD
    """Look-ahead: what must not follow."""

    caseless: bool = False
    probe: str = ""
    """What every match contains, for hyperscan; the expression itself when empty."""

    numeric: bool = False
    """The value holds a run of seven digits: look only where there are such runs."""


@dataclass(frozen=True, slots=True)
class Recogniser:
    """One kind of value."""

    label: str
    """Stable word that rules select on."""

    category: str
    forms: tuple[Form, ...]
    context: str = ""
    """Words that confirm a value when they stand near by: an alternation, case ignored."""


def number(  # noqa: PLR0913 - all but two are named, and few are ever given
    expression: str,
    check: Callable[[str], bool],
    *,
    near: float = STRONG,
    alone: float = NOTHING,
    caseless: bool = False,
    numeric: bool = True,
    probe: str = "",
) -> Form:
    """The form of an identifier that is made of digit groups and carries a check."""
    return Form(
        expression,
        near,
        alone,
        proven_by(check),
        NOT_AFTER_NUMBER,
        NOT_BEFORE_NUMBER,
        caseless,
        NUMBER if numeric else probe,
        numeric,
    )
