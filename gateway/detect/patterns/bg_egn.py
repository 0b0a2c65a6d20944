"""Bulgarian unified civil numbers, EGN (date of birth, check digit)."""

from stdnum.bg import egn

from gateway.detect.recogniser import PROVEN, Recogniser, number

BG_EGN = Recogniser(
    label="bg_egn",
    category="pii",
    context=r"ЕГН|егн|egn|[Ее]динен граждански",  # noqa: RUF001 - Bulgarian
    forms=(number(r"\d{10}", egn.is_valid, near=PROVEN),),
)
