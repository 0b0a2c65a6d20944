"""Finnish personal identity codes (date of birth, century sign, mod 31)."""

from stdnum.fi import hetu

from gateway.detect.recogniser import PROVEN, STRONG, Recogniser, number

FI_HETU = Recogniser(
    label="fi_hetu",
    category="pii",
    context=r"hetu|henkil[öo]tunnus|personbeteckning",
    forms=(
        number(
            r"\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]", hetu.is_valid, near=PROVEN, alone=STRONG, numeric=False
        ),
    ),
)
