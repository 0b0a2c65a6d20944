"""Indian Aadhaar numbers (UIDAI: Verhoeff check digit)."""

from stdnum.in_ import aadhaar

from gateway.detect.recogniser import PROVEN, WEAK, Recogniser, number

IN_AADHAAR = Recogniser(
    label="in_aadhaar",
    category="pii",
    context=r"aadh?aa?r|uidai|uid",
    forms=(
        number(r"[2-9]\d{3}[ -]\d{4}[ -]\d{4}", aadhaar.is_valid, near=PROVEN, alone=WEAK),
        number(r"[2-9]\d{11}", aadhaar.is_valid),
    ),
)
