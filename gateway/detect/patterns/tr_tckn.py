"""Turkish identity numbers (two check digits)."""

from stdnum.tr import tckimlik

from gateway.detect.recogniser import PROVEN, Recogniser, number

TR_TCKN = Recogniser(
    label="tr_tckn",
    category="pii",
    context=r"tckn|t\.?c\.? ?(?:kimlik|no)|kimlik(?: no)?|turkish id",
    forms=(number(r"[1-9]\d{10}", tckimlik.is_valid, near=PROVEN),),
)
