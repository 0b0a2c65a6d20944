"""Argentine tax codes, CUIT and CUIL (mod 11)."""

from stdnum.ar import cuit

from gateway.detect.recogniser import LIKELY, PROVEN, Recogniser, number

AR_CUIT = Recogniser(
    label="ar_cuit",
    category="pii",
    context=r"cuit|cuil",
    forms=(
        number(r"\d{2}-\d{8}-\d", cuit.is_valid, near=PROVEN, alone=LIKELY),
        number(r"\d{11}", cuit.is_valid, near=PROVEN),
    ),
)
