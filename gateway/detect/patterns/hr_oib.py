"""Croatian personal identification numbers, OIB (ISO 7064 mod 11,10)."""

from stdnum.hr import oib

from gateway.detect.recogniser import PROVEN, Recogniser, number

HR_OIB = Recogniser(
    label="hr_oib",
    category="pii",
    context=r"oib|osobni identifikacijski",
    forms=(number(r"\d{11}", oib.is_valid, near=PROVEN),),
)
