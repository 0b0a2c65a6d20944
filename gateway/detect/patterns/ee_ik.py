"""Estonian and Lithuanian personal codes (date of birth, two-stage mod 11)."""

from stdnum.ee import ik

from gateway.detect.recogniser import PROVEN, Recogniser, number

EE_IK = Recogniser(
    label="ee_ik",
    category="pii",
    context=r"isikukood|asmens kodas|personal (?:identification )?code",
    forms=(number(r"[1-8]\d{10}", ik.is_valid, near=PROVEN),),
)
