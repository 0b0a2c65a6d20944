"""Chilean national identification numbers, RUT (mod 11, digit or K)."""

from stdnum.cl import rut

from gateway.detect.recogniser import PROVEN, STRONG, WEAK, Recogniser, number

CL_RUT = Recogniser(
    label="cl_rut",
    category="pii",
    context=r"rut|run|rol [úu]nico",
    forms=(
        number(r"\d{1,2}\.\d{3}\.\d{3}-[0-9K]", rut.is_valid, near=PROVEN, alone=STRONG, caseless=True),
        number(r"\d{7,8}-[0-9K]", rut.is_valid, alone=WEAK, caseless=True),
    ),
)
