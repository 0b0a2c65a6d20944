"""Portuguese tax numbers, NIF (mod 11)."""

from stdnum.pt import nif

from gateway.detect.recogniser import Recogniser, number

PT_NIF = Recogniser(
    label="pt_nif",
    category="pii",
    context=r"nif|contribuinte|n[úu]mero fiscal",
    forms=(number(r"[1-35689]\d{2} ?\d{3} ?\d{3}", nif.is_valid),),
)
