"""age encryption identities (bech32)."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

AGE_KEY = Recogniser(
    label="age_secret_key",
    category="secret",
    forms=(Form(r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}", PROVEN, PROVEN),),
)
