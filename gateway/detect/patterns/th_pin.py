"""Thai personal identification numbers (mod 11)."""

from stdnum.th import pin

from gateway.detect.recogniser import PROVEN, STRONG, Recogniser, number

TH_PIN = Recogniser(
    label="th_pin",
    category="pii",
    context=r"บัตรประชาชน|thai id|เลขประจำตัวประชาชน",
    forms=(
        number(r"[1-8]-\d{4}-\d{5}-\d{2}-\d", pin.is_valid, near=PROVEN, alone=STRONG),
        number(r"[1-8]\d{12}", pin.is_valid, near=PROVEN),
    ),
)
