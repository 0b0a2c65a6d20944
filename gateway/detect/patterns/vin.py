"""Vehicle identification numbers (ISO 3779; check digit of 49 CFR 565.15 in the ninth place)."""

from gateway.detect.recogniser import PROVEN, WEAK, Recogniser, number

_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _certainty(value: str) -> float:
    """European makers leave the ninth place free, so a wrong digit proves nothing."""
    text = value.upper()
    if not any(map(str.isdigit, text)) or not any(map(str.isalpha, text)):
        return 0.0
    total = sum(int(_VALUES.get(c, c)) * weight for c, weight in zip(text, _WEIGHTS, strict=True))
    return PROVEN if "0123456789X"[total % 11] == text[8] else 0.0


def _is_vin(value: str) -> bool:
    return _certainty(value) == PROVEN


VIN = Recogniser(
    label="vin",
    category="pii",
    context=r"vin|vehicle identification|chassis|fahrgestellnummer|fin",
    forms=(number(r"[A-HJ-NPR-Z0-9]{13}\d{4}", _is_vin, near=PROVEN, alone=WEAK, numeric=False),),
)
