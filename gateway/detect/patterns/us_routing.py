"""Bank routing numbers of the United States (ABA checksum)."""

from stdnum.us import rtn

from gateway.detect.recogniser import Recogniser, number

US_ROUTING = Recogniser(
    label="us_routing",
    category="pii",
    context=r"routing(?: number)?|aba|rtn",
    forms=(number(r"\d{9}", rtn.is_valid),),
)
