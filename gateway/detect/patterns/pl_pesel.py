"""Polish PESEL numbers (date of birth and a weighted check digit)."""

from stdnum.pl import pesel

from gateway.detect.recogniser import PROVEN, Recogniser, number

PL_PESEL = Recogniser(
    label="pl_pesel",
    category="pii",
    context=r"pesel[a-z]*",
    forms=(number(r"\d{11}", pesel.is_valid, near=PROVEN),),
)
