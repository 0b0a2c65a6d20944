"""Linear API keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

LINEAR = Recogniser(
    label="linear_key",
    category="secret",
    forms=(Form(r"lin_(?:api|oauth)_[0-9A-Za-z]{32,64}", PROVEN, PROVEN),),
)
