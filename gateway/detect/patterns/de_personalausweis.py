"""German identity card and passport numbers: nine characters and the check digit of ICAO 9303."""

from gateway.detect.patterns.icao import checked
from gateway.detect.recogniser import STRONG, Recogniser, number


def _is_document(value: str) -> bool:
    return checked(value[:9].upper(), value[9])


DE_PERSONALAUSWEIS = Recogniser(
    label="de_personalausweis",
    category="pii",
    context=r"personalausweis[a-z]*|ausweis(?:nummer|nr)?|reisepass[a-z]*|passnummer|identity card",
    forms=(
        number(
            r"[CFGHJKLMNPRTVWXYZ][0-9CFGHJKLMNPRTVWXYZ]{8}\d",
            _is_document,
            near=STRONG,
            numeric=False,
        ),
    ),
)
