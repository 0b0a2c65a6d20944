"""Norwegian national identity numbers (date of birth and two mod 11 digits)."""

from stdnum.no import fodselsnummer

from gateway.detect.recogniser import PROVEN, WEAK, Recogniser, number

NO_FODSELSNUMMER = Recogniser(
    label="no_fodselsnummer",
    category="pii",
    context=r"f[øo]dselsnummer|personnummer|fnr|d-nummer",
    forms=(number(r"\d{6} ?\d{5}", fodselsnummer.is_valid, near=PROVEN, alone=WEAK),),
)
