"""Korean resident registration numbers (date of birth and check digit)."""

from stdnum.kr import rrn

from gateway.detect.recogniser import LIKELY, PROVEN, Recogniser, number

KR_RRN = Recogniser(
    label="kr_rrn",
    category="pii",
    context=r"주민등록번호|주민번호|rrn|resident registration",
    forms=(
        number(r"\d{6}-[0-9]\d{6}", rrn.is_valid, near=PROVEN, alone=LIKELY),
        number(r"\d{13}", rrn.is_valid),
    ),
)
