"""Replicate API tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

REPLICATE = Recogniser(
    label="replicate_token",
    category="secret",
    forms=(Form(r"r8_[0-9A-Za-z]{37,40}", PROVEN, PROVEN),),
)
