"""Chinese resident identity numbers (GB 11643: region, date of birth, ISO 7064 mod 11-2)."""

from stdnum.cn import ric

from gateway.detect.recogniser import PROVEN, STRONG, Recogniser, number

CN_RIC = Recogniser(
    label="cn_ric",
    category="pii",
    context=r"身份证|shenfenzheng|resident identity|id (?:card|number)",
    forms=(number(r"[1-9]\d{16}[0-9Xx]", ric.is_valid, near=PROVEN, alone=STRONG),),
)
