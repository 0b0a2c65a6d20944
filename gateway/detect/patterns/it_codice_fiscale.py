"""Italian fiscal codes (DM 23/12/1976: 16 characters, the last a check)."""

from stdnum.it import codicefiscale

from gateway.detect.recogniser import PROVEN, Recogniser, number

IT_CODICE_FISCALE = Recogniser(
    label="it_codice_fiscale",
    category="pii",
    forms=(
        number(
            r"[A-Z]{6}\d{2}[A-EHLMPRST]\d[0-9LMNP-V][A-Z][0-9LMNP-V]{3}[A-Z]",
            codicefiscale.is_valid,
            near=PROVEN,
            alone=PROVEN,
            caseless=True,
            probe=r"\d{2}[A-EHLMPRST]\d[0-9LMNP-V][A-Z]",
            numeric=False,
        ),
    ),
)
