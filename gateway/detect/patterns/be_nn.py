"""Belgian national register numbers (mod 97)."""

from stdnum.be import nn

from gateway.detect.recogniser import PROVEN, STRONG, Recogniser, number

BE_NN = Recogniser(
    label="be_nn",
    category="pii",
    context=(
        r"rijksregister[a-z]*|registre national|num[ée]ro national|national (?:register )?number"
        r"|insz|niss"
    ),
    forms=(
        number(r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", nn.is_valid, near=PROVEN, alone=STRONG),
        number(r"\d{6}[ -]?\d{3}[ -]?\d{2}", nn.is_valid),
    ),
)
