"""Australian business numbers (weighted mod 89)."""

from stdnum.au import abn

from gateway.detect.recogniser import Recogniser, number

AU_ABN = Recogniser(
    label="au_abn",
    category="pii",
    context=r"abn|australian business",
    forms=(number(r"\d{2} ?\d{3} ?\d{3} ?\d{3}", abn.is_valid),),
)
