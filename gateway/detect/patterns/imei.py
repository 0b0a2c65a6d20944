"""Mobile equipment identities (3GPP TS 23.003 § 6.2: Luhn)."""

from stdnum import imei

from gateway.detect.recogniser import PROVEN, Recogniser, number

IMEI = Recogniser(
    label="imei",
    category="pii",
    context=r"imei(?: ?\d)?|handset|device id",
    forms=(number(r"\d{15}|\d{2}-\d{6}-\d{6}-\d", imei.is_valid, near=PROVEN),),
)
