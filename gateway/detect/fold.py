"""Digits and separators of other scripts, read as their ASCII twins.

Fullwidth and Arabic digits, the many dashes and the many spaces make an identifier invisible to
ASCII patterns, by custom or on purpose. Folding is one character for one, so spans in the folded
text are spans in the original.
"""

import sys
import unicodedata

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
_SPACES = "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"


def _table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table |= dict.fromkeys(map(ord, _DASHES), "-") | dict.fromkeys(map(ord, _SPACES), " ")
    digits = (code for code in range(0x80, sys.maxunicode + 1) if chr(code).isdecimal())
    return table | {code: str(unicodedata.decimal(chr(code))) for code in digits}


_TABLE = _table()


def foldable() -> str:
    """An expression for texts that folding may change to the better.

    That is a foreign digit or letter, or a foreign separator beside an ASCII digit. A dash in mere
    prose is left alone.
    """
    letters = "".join(chr(code) for code in _TABLE if chr(code) not in _DASHES + _SPACES)
    separators = f"[{_DASHES}{_SPACES}]"
    return f"[{letters}]|[0-9]{separators}|{separators}[0-9]"


def fold(text: str) -> str:
    """The text with foreign digits and separators replaced, character by character."""
    return text.translate(_TABLE)
