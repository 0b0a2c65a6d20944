"""Singapore identity numbers, NRIC and FIN (weighted mod 11 letter)."""

from gateway.detect.recogniser import LIKELY, PROVEN, Recogniser, number

_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
_OFFSET = {"S": 0, "T": 4, "F": 0, "G": 4, "M": 3}
_LETTERS = {
    "S": "JZIHGFEDCBA",
    "T": "JZIHGFEDCBA",
    "F": "XWUTRQPNMLK",
    "G": "XWUTRQPNMLK",
    "M": "XWUTRQPNJLK",
}


def _is_nric(value: str) -> bool:
    kind = value[0]
    total = _OFFSET[kind] + sum(w * int(d) for w, d in zip(_WEIGHTS, value[1:8], strict=True))
    index = 10 - total % 11 if kind == "M" else total % 11
    return _LETTERS[kind][index] == value[8]


SG_NRIC = Recogniser(
    label="sg_nric",
    category="pii",
    context=r"nric|fin|identity card|ic number",
    forms=(number(r"[STFGM]\d{7}[A-Z]", _is_nric, near=PROVEN, alone=LIKELY),),
)
