"""Malaysian identity card numbers (date and place of birth)."""

from stdnum.my import nric

from gateway.detect.recogniser import LIKELY, Recogniser, number

MY_NRIC = Recogniser(
    label="my_nric",
    category="pii",
    context=r"nric|mykad|kad pengenalan|ic (?:number|no)",
    forms=(number(r"\d{6}-\d{2}-\d{4}", nric.is_valid, alone=LIKELY),),
)
