"""PlanetScale passwords and tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

PLANETSCALE = Recogniser(
    label="planetscale_token",
    category="secret",
    forms=(Form(r"pscale_(?:tkn|pw|oauth)_[0-9A-Za-z_-]{32,64}", PROVEN, PROVEN),),
)
