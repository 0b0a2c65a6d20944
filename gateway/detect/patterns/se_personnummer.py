"""Swedish personal identity numbers (SKV 704: date of birth and Luhn)."""

from stdnum.se import personnummer

from gateway.detect.recogniser import LIKELY, PROVEN, Recogniser, number

SE_PERSONNUMMER = Recogniser(
    label="se_personnummer",
    category="pii",
    context=r"personnummer|pers\.? ?nr|samordningsnummer|personal identity number",
    forms=(
        number(r"(?:\d{2})?\d{6}[-+]\d{4}", personnummer.is_valid, near=PROVEN, alone=LIKELY),
        number(r"\d{10}|\d{12}", personnummer.is_valid),
    ),
)
