"""Canadian social insurance numbers (Luhn)."""

from stdnum.ca import sin

from gateway.detect.recogniser import LIKELY, WEAK, Recogniser, number

CA_SIN = Recogniser(
    label="ca_sin",
    category="pii",
    context=r"sin (?:number|no)|social insurance|assurance sociale|sin|nas",
    forms=(
        number(r"\d{3}[ -]\d{3}[ -]\d{3}", sin.is_valid, alone=WEAK),
        number(r"\d{9}", sin.is_valid, near=LIKELY),
    ),
)
