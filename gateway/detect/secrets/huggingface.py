"""Hugging Face user and organisation tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

HUGGINGFACE = Recogniser(
    label="huggingface_token",
    category="secret",
    forms=(
        Form(r"hf_[A-Za-z]{34,40}", PROVEN, PROVEN),
        Form(r"api_org_[A-Za-z]{34}", PROVEN, PROVEN),
    ),
)
