"""Passport numbers behind a word that says so: countries agree on no check digit."""

from gateway.detect.recogniser import LIKELY, Form, Recogniser, proven_by


def _has_digits(value: str) -> bool:
    return sum(map(str.isdigit, value)) >= 3


PASSPORT = Recogniser(
    label="passport",
    category="pii",
    forms=(
        Form(
            r"(?:passports?|passeport|reisepass|pass-?nr\.?|pasaporte|passaporto|passaporte|paspoort)"
            r"(?: ?(?:number|no\.?|nr\.?|#))?(?: is)?[ :=#(]{1,3}"
            r"(?P<value>[A-Z]{0,2}\d{6,9}|[A-Z][0-9A-Z]{8})",
            near=LIKELY,
            validate=proven_by(_has_digits),
            caseless=True,
        ),
    ),
)
