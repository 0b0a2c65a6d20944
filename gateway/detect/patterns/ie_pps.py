"""Irish personal public service numbers (mod 23 letter)."""

from stdnum.ie import pps

from gateway.detect.recogniser import PROVEN, WEAK, Recogniser, number

IE_PPS = Recogniser(
    label="ie_pps",
    category="pii",
    context=r"pps|ppsn|personal public service",
    forms=(number(r"\d{7}[A-W][A-Z]?", pps.is_valid, near=PROVEN, alone=WEAK, caseless=True),),
)
