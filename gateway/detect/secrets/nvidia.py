"""NVIDIA API catalogue keys."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

NVIDIA = Recogniser(
    label="nvidia_api_key",
    category="secret",
    forms=(Form(r"nvapi-[0-9A-Za-z_-]{60,70}", PROVEN, PROVEN),),
)
