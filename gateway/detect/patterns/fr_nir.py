"""French social security numbers, NIR (INSEE: 13 digits and a mod 97 key)."""

from stdnum.fr import nir

from gateway.detect.recogniser import PROVEN, STRONG, Recogniser, number

FR_NIR = Recogniser(
    label="fr_nir",
    category="pii",
    context=r"nir|insee|s[ée]curit[ée] sociale|num[ée]ro de s[ée]cu|carte vitale",
    forms=(
        number(
            r"[1-478] ?\d{2} ?\d{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}",
            nir.is_valid,
            near=PROVEN,
            alone=STRONG,
        ),
    ),
)
