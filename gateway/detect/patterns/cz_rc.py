"""Czech and Slovak birth numbers (date of birth and divisibility by 11)."""

from stdnum.cz import rc

from gateway.detect.recogniser import LIKELY, PROVEN, Recogniser, number

CZ_RC = Recogniser(
    label="cz_rc",
    category="pii",
    context=r"rodn[éeáa] [čc][íi]sl[oa]|birth number",
    forms=(
        number(r"\d{6}/\d{4}", rc.is_valid, near=PROVEN, alone=LIKELY),
        number(r"\d{6}/?\d{3,4}", rc.is_valid),
    ),
)
