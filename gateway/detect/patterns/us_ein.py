"""United States employer identification numbers (IRS: valid prefixes)."""

from stdnum.us import ein

from gateway.detect.recogniser import Recogniser, number

US_EIN = Recogniser(
    label="us_ein",
    category="pii",
    context=r"ein|fein|employer identification|tax ?id",
    forms=(number(r"\d{2}-\d{7}", ein.is_valid),),
)
