"""Telephone numbers: ITU-T E.164 with a plus sign, the North American plan, national spellings.

The library judges whatever carries a country code; it knows every country's lengths. National
spellings differ too much to be sure of one without a word that announces it.
"""

import phonenumbers

from gateway.detect.recogniser import (
    LIKELY,
    NOTHING,
    NUMBER,
    PROVEN,
    STRONG,
    WEAK,
    Form,
    Recogniser,
    proven_by,
)

_EXTENSION = r"(?: ?(?:x|ext\.? ?)\d{1,6})?"
_BEFORE = r"(?<![0-9A-Za-z+])(?<!\d[-./])(?<![$€£#])"
_AFTER = r"(?![0-9A-Za-z]|[-./]\d)"


def _international(value: str) -> bool:
    """Lengths per country are enough: exact ranges change monthly and cost far more to check."""
    number = value.lower().partition("x")[0].removesuffix("e").replace("(0)", "")
    plus = "+" + number.lstrip("+").removeprefix("00")
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(plus))
    except phonenumbers.NumberParseException:
        return False


def _north_american(value: str) -> float:
    """Area and exchange codes begin with 2 to 9 (ATIS-0300119); others are only written alike."""
    digits = [c for c in value.lower().partition("x")[0] if c.isdigit()][-10:]
    return PROVEN if digits[0] > "1" and digits[3] > "1" else LIKELY


def _national(value: str) -> float:
    digits = sum(map(str.isdigit, value))
    return PROVEN if 7 <= digits <= 13 else NOTHING


PHONE = Recogniser(
    label="phone",
    category="pii",
    context=(
        r"(?:tele)?phones?|tel|call(?:ed)?(?: back)?|reach(?: me)?|contact|mobile|cell|cellphone|fax|sms"
        r"|text(?: me)?|whatsapp|dial|ring|hotline|switchboard|voicemail|landline|emergency|my number"
        r"|t[eé]l[eé]phone|portable|appelez|tel[eé]fono|m[oó]vil|llam[ae]|celular|telefone|ligue|telefono"
        r"|cellulare|chiam[ai]|telefon[a-z]*|handy[a-z]*|anruf[a-z]*|mobil[a-z]*|bel|telefoon|puhelin|telefonnummer"
    ),
    forms=(
        Form(
            rf"\+\d(?:[ .()/-]{{0,2}}\d){{6,16}}{_EXTENSION}",
            STRONG,
            STRONG,
            proven_by(_international),
            _BEFORE,
            _AFTER,
            probe=NUMBER,
            numeric=True,
        ),
        Form(
            rf"00[1-9](?:[ .()/-]{{0,2}}\d){{6,16}}{_EXTENSION}",
            STRONG,
            WEAK,
            proven_by(_international),
            _BEFORE,
            _AFTER,
            probe=NUMBER,
            numeric=True,
        ),
        Form(
            rf"(?:1[ .-])?(?:\(\d{{3}}\) ?|\d{{3}}[.-])\d{{3}}[ .-]\d{{4}}{_EXTENSION}",
            STRONG,
            LIKELY,
            _north_american,
            _BEFORE,
            _AFTER,
            probe=NUMBER,
            numeric=True,
        ),
        Form(
            rf"\(?0\d{{1,4}}\)?(?:[ ./-]{{0,2}}\d){{5,10}}{_EXTENSION}",
            LIKELY,
            NOTHING,
            _national,
            _BEFORE,
            _AFTER,
            probe=NUMBER,
            numeric=True,
        ),
        Form(
            r"[1-9]\d{2}[ .-]\d{4}|[1-9]\d{2}[ .-]\d{3}[ .-]\d{3,4}|[1-9]\d{9}",
            LIKELY,
            NOTHING,
            _national,
            _BEFORE,
            _AFTER,
            probe=NUMBER,
            numeric=True,
        ),
    ),
)
