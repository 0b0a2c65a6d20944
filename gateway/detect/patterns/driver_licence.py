"""Driving licence numbers beside a word that says so: every state has its own shape."""

from gateway.detect.recogniser import LIKELY, Recogniser, number


def _has_digits(value: str) -> bool:
    return sum(map(str.isdigit, value)) >= 4


DRIVER_LICENCE = Recogniser(
    label="driver_licence",
    category="pii",
    forms=(
        number(
            r"(?:\bDL|driv(?:er'?s?|ing) licen[cs]e|f[uü]hrerschein(?:nummer)?|permis de conduire)"
            r"(?: ?(?:number|no\.?|nr\.?|is|#))?[ :#]{1,3}(?P<value>[0-9A-Z]{6,18})",
            _has_digits,
            near=LIKELY,
            caseless=True,
            numeric=False,
        ),
    ),
)
