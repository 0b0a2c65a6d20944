"""Spanish foreigner identity numbers, NIE (mod 23 letter)."""

from stdnum.es import nie

from gateway.detect.recogniser import PROVEN, STRONG, Recogniser, number

ES_NIE = Recogniser(
    label="es_nie",
    category="pii",
    context=r"nie|extranjero|identidad",
    forms=(
        number(r"[XYZ][ -]?\d{7}[ -]?[A-HJ-NP-TV-Z]", nie.is_valid, near=PROVEN, alone=STRONG, caseless=True),
    ),
)
