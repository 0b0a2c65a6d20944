"""International bank account numbers: ISO 13616-1, mod 97 and each country's own structure."""

from stdnum import iban

from gateway.detect.recogniser import LIKELY, PROVEN, Form, Recogniser

# The registry's lengths tell where a number ends when words follow it.
_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK",
    21: "CH CR HR LI LV",
    22: "BG BH DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU",
    31: "MT SC",
    32: "LC",
    33: "RU",
}


def _certainty(value: str) -> float:
    """National check digits are often wrong in examples and tests; mod 97 alone counts for less."""
    if iban.is_valid(value):
        return PROVEN
    return LIKELY if iban.is_valid(value, check_country=False) else 0.0


def _layout(length: int, countries: str) -> str:
    """Written in one piece or in groups of four."""
    groups, rest = divmod(length - 4, 4)
    tail = rf"[ -]?[0-9A-Z]{{{rest}}}" if rest else ""
    return rf"(?:{countries.replace(' ', '|')})\d{{2}}(?:[ -]?[0-9A-Z]{{4}}){{{groups}}}{tail}"


_HEAD = r"[A-Z]{2}\d{2}(?:[ -]?[0-9A-Z]{4}){2}"
_LAYOUTS = "|".join(_layout(length, countries) for length, countries in _COUNTRIES.items())

IBAN = Recogniser(
    label="iban",
    category="pii",
    forms=(
        Form(
            # Most words fail the first glance; only then are the countries tried in turn.
            rf"(?={_HEAD})(?:{_LAYOUTS})",
            PROVEN,
            PROVEN,
            _certainty,
            caseless=True,
            probe=_HEAD,
        ),
    ),
)
