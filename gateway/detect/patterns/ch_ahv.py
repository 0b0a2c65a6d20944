"""Swiss social security numbers, AHV (EAN-13 under the prefix 756)."""

from stdnum.ch import ssn

from gateway.detect.recogniser import LIKELY, PROVEN, Recogniser, number

CH_AHV = Recogniser(
    label="ch_ahv",
    category="pii",
    forms=(
        number(r"756\.\d{4}\.\d{4}\.\d{2}", ssn.is_valid, near=PROVEN, alone=PROVEN),
        number(r"756\d{10}", ssn.is_valid, near=LIKELY, alone=LIKELY),
    ),
)
