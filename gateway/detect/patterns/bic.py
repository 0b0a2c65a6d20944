"""Bank identifier codes (ISO 9362)."""

from stdnum import bic

from gateway.detect.recogniser import Recogniser, number

BIC = Recogniser(
    label="bic",
    category="pii",
    context=r"swift[ /-]?(?:bic|code|number|address)|swift:|bic",
    forms=(number(r"[A-Z]{4}[A-Z]{2}[0-9A-Z]{2}(?:[0-9A-Z]{3})?", bic.is_valid, numeric=False),),
)
