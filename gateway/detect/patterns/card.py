"""Payment card numbers: ISO/IEC 7812-1 (length and Luhn digit) with the ranges of the schemes."""

from stdnum import luhn

from gateway.detect.recogniser import LIKELY, PROVEN, STRONG, Recogniser, number

_SCHEMES = (
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),  # Mastercard
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),  # American Express
    ("6011", "6011", (16, 19)),  # Discover
    ("644", "659", (16, 19)),  # Discover
    ("3528", "3589", (16, 19)),  # JCB
    ("300", "305", (14, 16)),  # Diners Club
    ("36", "36", (14, 16)),  # Diners Club
    ("38", "39", (14, 16)),  # Diners Club
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
    ("2200", "2204", (16,)),  # Mir
    ("60", "60", (16,)),  # RuPay
    ("81", "82", (16,)),  # RuPay
    ("50", "50", (12, 16, 19)),  # Maestro
    ("56", "58", (12, 16, 19)),  # Maestro
)


def is_card(value: str) -> bool:
    """True for a number in a scheme's range, of its length, with a right Luhn digit."""
    digits = "".join(filter(str.isdigit, value))
    return len(set(digits)) > 1 and _issued(digits) and luhn.is_valid(digits)


def _issued(digits: str) -> bool:
    return any(
        low <= digits[: len(low)] <= high and len(digits) in lengths for low, high, lengths in _SCHEMES
    )


CARD = Recogniser(
    label="card",
    category="pii",
    context=(
        "(?:credit|debit|payment|bank) ?card|card|cards|visa|master ?card|amex|american express|discover|pan"
        "|cc|ccn|cvv|cvc|expir[a-z]*|kreditkarte|kartennummer|carte|tarjeta|cart[aã]o|carta di credito|karta"
    ),
    forms=(
        number(r"\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}(?:[ -]\d{3})?", is_card, near=PROVEN, alone=STRONG),
        number(r"3\d{3}[ -]\d{6}[ -]\d{4,5}", is_card, near=PROVEN, alone=STRONG),
        number(r"\d{12,19}", is_card, near=PROVEN, alone=LIKELY),
    ),
)
