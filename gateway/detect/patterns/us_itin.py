"""United States individual taxpayer numbers (IRS: 9xx and set middle groups)."""

from stdnum.us import itin

from gateway.detect.recogniser import LIKELY, Recogniser, number

US_ITIN = Recogniser(
    label="us_itin",
    category="pii",
    context=r"itin|taxpayer|tax ?id",
    forms=(
        number(r"9\d{2}-\d{2}-\d{4}", itin.is_valid, alone=LIKELY),
        number(r"9\d{8}", itin.is_valid),
    ),
)
