"""Medical record numbers behind the word that says so."""

from gateway.detect.recogniser import LIKELY, Form, Recogniser

MEDICAL_RECORD = Recogniser(
    label="medical_record",
    category="pii",
    forms=(
        Form(
            r"(?:MRN|medical record(?: number| no\.?)?|patient (?:id|number|no\.?))"
            r"[ :#=(is]{1,5}(?P<value>[A-Z]{0,4}-?\d{4,12})",
            near=LIKELY,
            caseless=True,
        ),
    ),
)
