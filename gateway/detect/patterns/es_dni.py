"""Spanish national identity numbers, DNI (mod 23 letter)."""

from stdnum.es import dni

from gateway.detect.recogniser import LIKELY, PROVEN, Recogniser, number

ES_DNI = Recogniser(
    label="es_dni",
    category="pii",
    context=r"dni|nif|documento nacional|identidad",
    forms=(number(r"\d{8}[ -]?[A-HJ-NP-TV-Z]", dni.is_valid, near=PROVEN, alone=LIKELY, caseless=True),),
)
