"""Danish CPR numbers (date of birth; the check digit was given up in 2007)."""

from stdnum.dk import cpr

from gateway.detect.recogniser import Recogniser, number

DK_CPR = Recogniser(
    label="dk_cpr",
    category="pii",
    context=r"cpr(?:-?(?:nr|nummer))?|personnummer",
    forms=(number(r"\d{6}[- ]?\d{4}", cpr.is_valid),),
)
