"""NHS numbers of England and Wales (NHS Data Dictionary: mod 11)."""

from stdnum.gb import nhs

from gateway.detect.recogniser import Recogniser, number

UK_NHS = Recogniser(
    label="uk_nhs",
    category="pii",
    context=r"nhs|nhs (?:number|no)|health service|patient",
    forms=(number(r"\d{3}[ -]?\d{3}[ -]?\d{4}", nhs.is_valid),),
)
