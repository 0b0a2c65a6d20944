"""The check digit of machine-readable travel documents (ICAO Doc 9303-3 § 4.9)."""

_WEIGHTS = (7, 3, 1)


def check_digit(field: str) -> str:
    """Weights 7, 3, 1; letters count from 10, the filler is zero."""
    total = sum(_value(character) * _WEIGHTS[i % 3] for i, character in enumerate(field))
    return str(total % 10)


def checked(field: str, digit: str) -> bool:
    """True when the digit belongs to the field. A filler stands for the digit of an empty field."""
    return check_digit(field) == digit or (digit == "<" and not field.strip("<"))


def _value(character: str) -> int:
    return 0 if character == "<" else int(character, 36)
