"""United Kingdom national insurance numbers (HMRC NIM39110: letters never used)."""

from gateway.detect.recogniser import LIKELY, WEAK, Recogniser, number

_LETTERS = "[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
_UNUSED = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})


def _is_nino(value: str) -> bool:
    return value[:2].upper() not in _UNUSED


UK_NINO = Recogniser(
    label="uk_nino",
    category="pii",
    context=r"nino|national insurance(?: number)?|ni number|ni no",
    forms=(
        number(
            rf"{_LETTERS} \d{{2}} \d{{2}} \d{{2}} [A-D]", _is_nino, alone=LIKELY, caseless=True, numeric=False
        ),
        number(rf"{_LETTERS}\d{{6}}[A-D]", _is_nino, alone=WEAK, caseless=True, numeric=False),
    ),
)
