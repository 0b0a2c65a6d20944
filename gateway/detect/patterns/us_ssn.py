"""United States social security numbers (SSA POMS RM 10201.035: areas never issued)."""

from stdnum.us import ssn

from gateway.detect.recogniser import LIKELY, STRONG, WEAK, Recogniser, number

# Numbers that were printed in advertisements and on sample cards: nobody's.
_SPECIMENS = frozenset({"078051120", "219099999", "457555462"})


def _is_ssn(value: str) -> bool:
    digits = "".join(filter(str.isdigit, value))
    return ssn.is_valid(digits) and digits not in _SPECIMENS


US_SSN = Recogniser(
    label="us_ssn",
    category="pii",
    context=r"ssn|ssns|social|social security(?: number| no)?|soc sec|tax ?id|taxpayer",
    forms=(
        number(r"\d{3}-\d{2}-\d{4}", _is_ssn, near=STRONG, alone=LIKELY),
        number(r"\d{3} \d{2} \d{4}", _is_ssn, near=STRONG, alone=WEAK),
        number(r"\d{9}", _is_ssn, near=LIKELY),
    ),
)
