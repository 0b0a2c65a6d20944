"""South African identity numbers (date of birth and Luhn)."""

from stdnum.za import idnr

from gateway.detect.recogniser import Recogniser, number

ZA_ID = Recogniser(
    label="za_id",
    category="pii",
    context=r"id (?:number|no)|identity (?:number|document)|south african?|sa id|rsa id",
    forms=(number(r"\d{6} ?\d{4} ?\d{3}", idnr.is_valid),),
)
