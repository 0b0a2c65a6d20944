"""Dutch citizen service numbers, BSN (the eleven test)."""

from stdnum.nl import bsn

from gateway.detect.recogniser import Recogniser, number

NL_BSN = Recogniser(
    label="nl_bsn",
    category="pii",
    context=r"bsn|burgerservicenummer|sofi(?:-?nummer)?|citizen service",
    forms=(number(r"\d{9}|\d{4}[. ]\d{2}[. ]\d{3}|\d{3}[. ]\d{3}[. ]\d{3}", bsn.is_valid),),
)
