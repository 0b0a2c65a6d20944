"""New Zealand tax numbers, IRD (mod 11)."""

from stdnum.nz import ird

from gateway.detect.recogniser import Recogniser, number

NZ_IRD = Recogniser(
    label="nz_ird",
    category="pii",
    context=r"ird|inland revenue",
    forms=(number(r"\d{2,3}[- ]?\d{3}[- ]?\d{3}", ird.is_valid),),
)
