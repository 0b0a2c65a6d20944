"""Greek social security numbers, AMKA (date of birth and Luhn)."""

from stdnum.gr import amka

from gateway.detect.recogniser import PROVEN, Recogniser, number

GR_AMKA = Recogniser(
    label="gr_amka",
    category="pii",
    context=r"ΑΜΚΑ|αμκα|amka",  # noqa: RUF001 - Greek
    forms=(number(r"\d{11}", amka.is_valid, near=PROVEN),),
)
