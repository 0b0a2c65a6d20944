"""Mexican population registry codes, CURP (18 characters, the last a check)."""

from stdnum.mx import curp

from gateway.detect.recogniser import PROVEN, Recogniser, number

MX_CURP = Recogniser(
    label="mx_curp",
    category="pii",
    forms=(
        number(
            r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d",
            curp.is_valid,
            near=PROVEN,
            alone=PROVEN,
            caseless=True,
            numeric=False,
        ),
    ),
)
