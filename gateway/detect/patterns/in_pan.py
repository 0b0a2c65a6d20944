"""Indian permanent account numbers (no check digit; the fourth letter is the holder type)."""

from stdnum.in_ import pan

from gateway.detect.recogniser import WEAK, Recogniser, number

IN_PAN = Recogniser(
    label="in_pan",
    category="pii",
    context=r"pan|pan card|permanent account|income tax",
    forms=(
        number(
            r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]",
            pan.is_valid,
            alone=WEAK,
            numeric=False,
            probe=r"[A-Z]\d{4}[A-Z]",
        ),
    ),
)
