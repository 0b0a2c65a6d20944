"""Figma personal access tokens."""

from gateway.detect.recogniser import PROVEN, Form, Recogniser

FIGMA = Recogniser(
    label="figma_token",
    category="secret",
    forms=(Form(r"fig[dou]_[0-9A-Za-z_-]{40,50}", PROVEN, PROVEN),),
)
