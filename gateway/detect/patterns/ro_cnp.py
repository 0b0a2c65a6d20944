"""Romanian personal numeric codes, CNP (date of birth, county, check digit)."""

from stdnum.ro import cnp

from gateway.detect.recogniser import PROVEN, Recogniser, number

RO_CNP = Recogniser(
    label="ro_cnp",
    category="pii",
    context=r"cnp|cod numeric personal",
    forms=(number(r"[1-9]\d{12}", cnp.is_valid, near=PROVEN),),
)
