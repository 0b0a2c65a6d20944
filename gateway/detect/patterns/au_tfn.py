"""Australian tax file numbers (weighted mod 11)."""

from stdnum.au import tfn

from gateway.detect.recogniser import Recogniser, number

AU_TFN = Recogniser(
    label="au_tfn",
    category="pii",
    context=r"tfn|tax file(?: number)?",
    forms=(number(r"\d{3} ?\d{3} ?\d{2,3}", tfn.is_valid),),
)
